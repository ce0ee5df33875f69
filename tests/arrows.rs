//! Which room may know which, read from the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms below it that it may name. All may name the leaves.
const ALLOWED: &[(&str, &[&str])] = &[
    ("alibaba", &[]),
    ("framework", &["value"]),
    ("panics", &[]),
    ("plugin", &[]),
    ("provider", &["alibaba", "framework", "smartag", "value"]),
    ("secret", &[]),
    ("smartag", &["alibaba"]),
    ("tfplugin6", &["framework", "plugin", "value"]),
    ("value", &[]),
    ("world", &[]),
];

const LEAVES: [&str; 3] = ["panics", "secret", "world"];

#[test]
fn no_room_knows_one_above_it() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut checked = 0;
    for file in rust_files(&sources) {
        let room = file.strip_prefix(&sources).unwrap().iter().next().unwrap().to_str().unwrap();
        let room = room.trim_end_matches(".rs");
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == room) else {
            assert!(["lib", "main"].contains(&room), "{room} is on no map");
            continue;
        };
        let text = fs::read_to_string(&file).unwrap();
        for (start, _) in text.match_indices("crate::") {
            let rest = &text[start + "crate::".len()..];
            let end = rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '_').unwrap();
            let named = &rest[..end];
            // A macro stands at the root of the crate wherever it was written.
            let fine = named == room || named == "model" || LEAVES.contains(&named) || allowed.contains(&named);
            assert!(fine, "{} names crate::{named}", file.display());
            checked += 1;
        }
    }
    assert!(checked > 50, "only {checked} paths were found");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
