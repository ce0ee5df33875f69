use std::fmt;

/// The way from a value to a part of it, as diagnostics name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`]. An element of a set has no step of its own: a path ends at the set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into an attribute or block of an object.
    Attribute(String),
    /// Into an element of a map.
    Key(String),
    /// Into an element of a list or tuple, counted from 0.
    Index(i64),
}

impl Step {
    /// Into the element at `index`.
    pub fn at(index: usize) -> Self {
        Self::Index(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

impl Path {
    /// The whole value.
    pub fn root() -> Self {
        Self::default()
    }

    /// An attribute of the whole value.
    pub fn attribute(name: &str) -> Self {
        Self::root().child(Step::Attribute(name.to_owned()))
    }

    /// One step further.
    #[must_use]
    pub fn child(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// One step earlier: puts `step` before all others.
    pub fn prepend(&mut self, step: Step) {
        self.0.insert(0, step);
    }

    /// The steps, from the root on.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether it names the whole value.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_it_would_in_configuration() {
        let mut path = Path::attribute("triggers").child(Step::Key("a b".into()));
        assert_eq!(path.to_string(), r#"triggers["a b"]"#);
        path.prepend(Step::Index(2));
        path.prepend(Step::Attribute("items".into()));
        assert_eq!(path.to_string(), r#"items[2].triggers["a b"]"#);
        assert_eq!(Path::root().to_string(), "");
    }
}
