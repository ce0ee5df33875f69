//! The pages on disk.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::Pages;

/// Folders below `docs` that hold generated pages and nothing else.
const GENERATED: [&str; 3] = ["data-sources", "functions", "resources"];

/// How the disk differs from what it should be, by path below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The page is not there.
    Missing(PathBuf),
    /// The page says something else.
    Outdated(PathBuf),
    /// The page is of something that the provider does not have.
    Stale(PathBuf),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "{} is missing", path.display()),
            Self::Outdated(path) => write!(f, "{} is not current", path.display()),
            Self::Stale(path) => write!(f, "{} is of nothing that the provider has", path.display()),
        }
    }
}

/// What would have to change below `root` so that exactly `pages` are there, beside what is written by hand.
///
/// # Errors
/// When the folder cannot be read.
pub fn changes(pages: &Pages, root: &Path) -> io::Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (path, text) in pages {
        match fs::read(root.join(path)) {
            Ok(bytes) if bytes == text.as_bytes() => {}
            Ok(_) => changes.push(Change::Outdated(path.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => changes.push(Change::Missing(path.clone())),
            Err(error) => return Err(error),
        }
    }
    for folder in GENERATED.map(|folder| Path::new("docs").join(folder)) {
        for name in names(&root.join(&folder))? {
            let path = folder.join(name);
            if !pages.contains_key(&path) {
                changes.push(Change::Stale(path));
            }
        }
    }
    Ok(changes)
}

/// Makes the changes.
///
/// # Errors
/// When a page cannot be written or removed.
pub fn write(pages: &Pages, changes: &[Change], root: &Path) -> io::Result<()> {
    for change in changes {
        match change {
            Change::Missing(path) | Change::Outdated(path) => {
                let file = root.join(path);
                fs::create_dir_all(file.parent().unwrap_or(root))?;
                fs::write(file, &pages[path])?;
            }
            Change::Stale(path) => fs::remove_file(root.join(path))?,
        }
    }
    Ok(())
}

/// Names of what is in a folder, sorted; none where there is no such folder.
pub fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_outdated_or_stale_is_told_and_mended_and_guides_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        put("docs/index.md", "old\n");
        put("docs/resources/gone.md", "of what was\n");
        put("docs/resources/same.md", "same\n");
        put("docs/guides/by_hand.md", "by hand\n");
        let pages: Pages = [("index", "new\n"), ("functions/f", "f\n"), ("resources/same", "same\n")]
            .into_iter()
            .map(|(name, text)| (PathBuf::from(format!("docs/{name}.md")), text.to_owned()))
            .collect();

        let found = changes(&pages, root.path()).unwrap();
        assert_eq!(
            found,
            [
                Change::Missing("docs/functions/f.md".into()),
                Change::Outdated("docs/index.md".into()),
                Change::Stale("docs/resources/gone.md".into()),
            ]
        );
        write(&pages, &found, root.path()).unwrap();
        assert_eq!(changes(&pages, root.path()).unwrap(), []);
        assert_eq!(fs::read_to_string(root.path().join("docs/index.md")).unwrap(), "new\n");
        assert!(root.path().join("docs/guides/by_hand.md").exists());
    }
}
