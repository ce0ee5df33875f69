//! Medians, and the one table that they make.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

/// All that was measured.
pub struct Report {
    pub rounds: u32,
    pub sections: Vec<Section>,
}

/// Figures of one kind.
pub struct Section {
    pub title: String,
    pub figures: Vec<Figure>,
    /// What a reader must know beside the figures, such as why there are none.
    pub note: Option<String>,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Its name in JSON, without the unit.
    key: String,
    label: String,
    value: Measure,
    ratio: Option<Ratio>,
    /// What the ratio, or without one the value, is to stay below.
    at_most: Option<f64>,
    counts: Vec<Count>,
}

/// Something that was counted beside the figure.
#[derive(Clone, Debug)]
struct Count {
    key: String,
    label: String,
    number: f64,
}

/// A value with its unit.
#[derive(Clone, Copy, Debug)]
pub enum Measure {
    Milliseconds(f64),
    CpuMicroseconds(f64),
    Megabytes(f64),
    Count(usize),
}

#[derive(Clone, Debug)]
struct Ratio {
    to: &'static str,
    value: f64,
}

impl Figure {
    pub fn new(key: impl Into<String>, label: impl Into<String>, value: Measure) -> Self {
        let (key, label) = (key.into(), label.into());
        Self { key, label, value, ratio: None, at_most: None, counts: Vec::new() }
    }

    /// How many times as much as `to`, the key of another figure.
    pub fn times(mut self, to: &'static str, value: f64) -> Self {
        self.ratio = Some(Ratio { to, value });
        self
    }

    /// The target.
    pub fn at_most(mut self, target: f64) -> Self {
        self.at_most = Some(target);
        self
    }

    /// A number beside it: the end of its key in JSON, and what the table calls it.
    pub fn count(mut self, key: &str, label: &str, number: f64) -> Self {
        self.counts.push(Count { key: format!("{}_{key}", self.key), label: label.to_owned(), number });
        self
    }

    fn json(&self) -> impl Iterator<Item = (String, Json)> {
        let key = format!("{}{}", self.key, self.value.suffix());
        let ratio = self.ratio.as_ref().map(|ratio| (format!("{}_per_{}", self.key, ratio.to), rounded(ratio.value)));
        let compared = ratio.as_ref().map_or(&key, |(key, _)| key);
        let target = self.at_most.map(|target| (format!("{compared}_at_most"), rounded(target)));
        let counts = self.counts.iter().map(|count| (count.key.clone(), rounded(count.number)));
        [Some((key, self.value.json())), ratio, target].into_iter().flatten().chain(counts)
    }

    fn cells(&self) -> [String; 5] {
        [
            self.label.clone(),
            self.value.to_string(),
            self.ratio.as_ref().map(|ratio| format!("{:.2}", ratio.value)).unwrap_or_default(),
            self.at_most.map(|target| format!("{target}")).unwrap_or_default(),
            self.counts.iter().map(|count| format!("{}: {}", count.label, count.number)).collect::<Vec<_>>().join(", "),
        ]
    }
}

impl Measure {
    pub fn milliseconds(duration: Duration) -> Self {
        Self::Milliseconds(duration.as_secs_f64() * 1e3)
    }

    /// Of a million bytes each.
    pub fn bytes(count: f64) -> Self {
        Self::Megabytes(count / 1e6)
    }

    /// How keys in JSON tell the unit.
    fn suffix(self) -> &'static str {
        match self {
            Self::Milliseconds(_) => "_ms",
            Self::CpuMicroseconds(_) => "_cpu_us",
            Self::Megabytes(_) => "_mb",
            Self::Count(_) => "",
        }
    }

    fn json(self) -> Json {
        match self {
            Self::Milliseconds(value) | Self::CpuMicroseconds(value) | Self::Megabytes(value) => rounded(value),
            Self::Count(count) => json!(count),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Milliseconds(value) => write!(f, "{value:.2} ms"),
            Self::CpuMicroseconds(value) => write!(f, "{value:.0} us"),
            Self::Megabytes(value) => write!(f, "{value:.2} MB"),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

impl Report {
    /// The figures by key; a unit is the end of its key.
    pub fn json(&self) -> Json {
        let mut figures: Map<_, _> =
            self.sections.iter().flat_map(|section| &section.figures).flat_map(Figure::json).collect();
        figures.insert("rounds".to_owned(), json!(self.rounds));
        let notes: Vec<_> = self.sections.iter().filter_map(|section| section.note.as_deref()).collect();
        figures.insert("notes".to_owned(), json!(notes));
        Json::Object(figures)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.sections.iter().flat_map(|section| &section.figures).map(Figure::cells).collect();
        let titles = self.sections.iter().map(|section| section.title.chars().count());
        let labels = rows.iter().map(|cells| "  ".len() + cells[0].chars().count());
        let width = titles.chain(labels).max().unwrap_or_default();
        for section in &self.sections {
            writeln!(f, "{:<width$}  {:>10}  {:>6}  {:>7}", section.title, "median", "ratio", "at most")?;
            for figure in &section.figures {
                let [label, value, ratio, target, counts] = figure.cells();
                let line =
                    format!("  {label:<rest$}  {value:>10}  {ratio:>6}  {target:>7}  {counts}", rest = width - 2);
                writeln!(f, "{}", line.trim_end())?;
            }
            if let Some(note) = &section.note {
                writeln!(f, "  {note}")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "Medians of {} rounds, in each of which everything took its turn.", self.rounds)
    }
}

/// The middle one; of an even number, the upper one of the two.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// To three digits; a whole number is written as one.
fn rounded(value: f64) -> Json {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded.fract() == 0.0 { json!(rounded as i64) } else { json!(rounded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let figures = vec![
            Figure::new("empty", "empty", Measure::CpuMicroseconds(40.0)),
            Figure::new("read", "read", Measure::CpuMicroseconds(60.0)).times("empty", 1.5).at_most(2.0),
            Figure::new("binary", "program", Measure::bytes(5_000_000.0)).at_most(7.0).count("parts", "parts", 3.0),
        ];
        let section = Section { title: "section".to_owned(), figures, note: Some("a note".to_owned()) };
        Report { rounds: 3, sections: vec![section] }
    }

    #[test]
    fn a_median_does_not_mind_the_extremes_or_the_order() {
        assert_eq!(median([9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1000.0, 1.0, 2.0]), 4.0);
        assert!(median([]).is_nan());
    }

    #[test]
    fn the_table_is_aligned() {
        let expected = "\
section        median   ratio  at most
  empty         40 us
  read          60 us    1.50        2
  program     5.00 MB                7  parts: 3
  a note

Medians of 3 rounds, in each of which everything took its turn.
";
        assert_eq!(report().to_string(), expected);
    }

    #[test]
    fn json_holds_the_same_with_units_in_its_keys() {
        let expected = json!({
            "empty_cpu_us": 40,
            "read_cpu_us": 60, "read_per_empty": 1.5, "read_per_empty_at_most": 2,
            "binary_mb": 5, "binary_mb_at_most": 7, "binary_parts": 3,
            "rounds": 3, "notes": ["a note"],
        });
        assert_eq!(report().json(), expected);
    }
}
