//! The files that pages show, in the folders where tfplugindocs has them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::folder::names;

/// A configuration to be shown, with a heading where it is not the first of its page.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    pub heading: Option<String>,
    pub code: String,
}

/// What an example shows.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    Provider,
    Resource(&'a str),
    DataSource(&'a str),
    Function(&'a str),
}

impl Of<'_> {
    /// The folder below `examples`, and what its files are called.
    fn place(self) -> (PathBuf, &'static str) {
        let (folder, name, stem) = match self {
            Self::Provider => return (PathBuf::from("provider"), "provider"),
            Self::Resource(name) => ("resources", name, "resource"),
            Self::DataSource(name) => ("data-sources", name, "data-source"),
            Self::Function(name) => ("functions", name, "function"),
        };
        (Path::new(folder).join(name), stem)
    }
}

/// The examples of something: first `resource.tf`, then each `resource_*.tf` under a heading, which is the comment in its
/// first line. (`resource` stands for the kind of thing.)
///
/// # Errors
/// When there is none, or one has no heading; names the file.
pub fn of(what: Of<'_>, root: &Path) -> Result<Vec<Example>, String> {
    let (folder, stem) = what.place();
    let folder = Path::new("examples").join(folder);
    let first = folder.join(format!("{stem}.tf"));
    let code = read(root, &first)?.ok_or_else(|| format!("the example {} is missing", first.display()))?;
    let mut examples = vec![Example { heading: None, code }];

    let others = names(&root.join(&folder)).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    for name in others.iter().filter(|name| name.starts_with(&format!("{stem}_")) && name.ends_with(".tf")) {
        let file = folder.join(name);
        let text = read(root, &file)?.unwrap_or_default();
        let (heading, code) = split(&text)
            .ok_or_else(|| format!("the example {} does not start with a comment to head it", file.display()))?;
        examples.push(Example { heading: Some(heading.to_owned()), code: code.to_owned() });
    }
    Ok(examples)
}

/// What shows how to import a resource: the block, and the command. None where it cannot be imported.
///
/// # Errors
/// When one of the two is there without the other; names the file.
pub fn of_import(resource: &str, root: &Path) -> Result<Option<(String, String)>, String> {
    let (folder, _) = Of::Resource(resource).place();
    let [block, command] = ["import.tf", "import.sh"].map(|name| Path::new("examples").join(&folder).join(name));
    match (read(root, &block)?, read(root, &command)?) {
        (None, None) => Ok(None),
        (Some(block), Some(command)) => Ok(Some((block, command))),
        (None, Some(_)) => Err(format!("the example {} is missing", block.display())),
        (Some(_), None) => Err(format!("the example {} is missing", command.display())),
    }
}

/// A file's text without space at its ends; none where there is no such file.
fn read(root: &Path, path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(root.join(path)) {
        Ok(text) => Ok(Some(text.replace("\r\n", "\n").trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}

/// The comment in the first line, and what follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once('\n')?;
    Some((first.strip_prefix("# ")?.trim_end_matches('.'), rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("examples/resources/a_b");
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        root
    }

    #[test]
    fn further_examples_are_headed_by_their_first_line() {
        let files = [
            ("resource_z.tf", "# Last of all\nz = 1\n"),
            ("resource_c.tf", "# With c.\r\n\r\nc = 1\r\n"),
            ("resource.tf", "b = 1\n"),
            ("import.tf", "import {}\n"),
        ];
        let found = of(Of::Resource("a_b"), root(&files).path()).unwrap();
        let found: Vec<_> = found.iter().map(|example| (example.heading.as_deref(), example.code.as_str())).collect();
        assert_eq!(found, [(None, "b = 1"), (Some("With c"), "c = 1"), (Some("Last of all"), "z = 1")]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let told = of(Of::Resource("a_b"), root(&[]).path()).unwrap_err();
        assert_eq!(told, "the example examples/resources/a_b/resource.tf is missing");
        let headless = root(&[("resource.tf", "b = 1"), ("resource_c.tf", "c = 1\n")]);
        let told = of(Of::Resource("a_b"), headless.path()).unwrap_err();
        assert!(told.contains("examples/resources/a_b/resource_c.tf"), "{told}");
    }

    #[test]
    fn an_import_is_shown_both_ways_or_not_at_all() {
        assert_eq!(of_import("a_b", root(&[]).path()), Ok(None));
        let both = root(&[("import.tf", "block\n"), ("import.sh", "command\n")]);
        assert_eq!(of_import("a_b", both.path()), Ok(Some(("block".into(), "command".into()))));
        let told = of_import("a_b", root(&[("import.tf", "block\n")]).path()).unwrap_err();
        assert!(told.contains("import.sh is missing"), "{told}");
    }
}
