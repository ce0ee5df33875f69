//! Registry pages of a provider, generated from its schema and its examples.
//!
//! The layout of folders, headings, anchors and front matter is that of tfplugindocs, which readers of the Terraform
//! Registry know. The texts are the descriptions in the schema, that is, the doc comments of the models. What the schema
//! knows and a text leaves out is added to it.
//!
//! - `page`: what stands on a page, from front matter to import.
//! - `schema`: the lists of attributes.
//! - `signature`: the same for functions.
//! - `examples`: the files that pages show. A page without an example is an error.
//! - `folder`: `docs` on disk, compared or written. Guides are written by hand and only linked.
//! - `lint`: how texts must read, proved on the provider of this repository.

mod examples;
mod folder;
mod page;
mod schema;
mod signature;

#[cfg(test)]
mod lint;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use terraform_provider_smartag::framework::{Provider, Server};

pub use folder::{Change, changes, write};

/// Pages by their path below the root of the repository.
pub type Pages = BTreeMap<PathBuf, String>;

/// What keeps pages from being made, one sentence each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// All pages of the provider `name` but its guides. `root` is the folder with `examples` and `docs/guides` in it.
///
/// # Errors
/// Every example that is missing or cannot be shown, by its path.
pub fn pages<P: Provider>(name: &str, server: &Server<P>, root: &Path) -> Result<Pages, Problems> {
    let mut pages = Pages::new();
    let mut problems = Problems::default();
    for (path, page) in page::all(name, server, root) {
        match page {
            Ok(text) => {
                pages.insert(path, text);
            }
            Err(problem) => problems.0.push(format!("{}: {problem}", path.display())),
        }
    }
    if problems.0.is_empty() { Ok(pages) } else { Err(problems) }
}
