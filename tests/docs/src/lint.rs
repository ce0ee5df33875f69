//! How the texts of this repository's provider must read, and that its pages are current.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use terraform_provider_smartag::framework::schema::{Block, Field, Verdict};
use terraform_provider_smartag::framework::{Schema, Server};
use terraform_provider_smartag::provider::SmartagProvider;
use terraform_provider_smartag::value::{Type, Value};
use terraform_provider_smartag::world::World;

use crate::{changes, pages};

/// Words of the source that a reader of the pages has never met.
const INTERNAL: [&str; 14] = [
    "Attr",
    "TODO",
    "FIXME",
    "struct",
    "enum",
    "trait",
    "null in prior",
    "proposed",
    "msgpack",
    "gRPC",
    "RPC",
    "schema",
    "handle",
    "[`",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn server() -> Server<SmartagProvider> {
    Server::new(SmartagProvider::new(World::of_process()))
}

/// Every schema under a name for it.
fn schemas(server: &Server<SmartagProvider>) -> Vec<(String, Schema)> {
    let block = [("provider".to_owned(), server.provider_block().schema.clone())];
    let resources = server.resource_schemas().map(|(name, schema)| (name.to_owned(), schema.clone()));
    let data = server.data_source_schemas().map(|(name, schema)| (format!("data.{name}"), schema.clone()));
    block.into_iter().chain(resources).chain(data).collect()
}

/// Calls `see` with the path of every attribute and block, at any depth.
fn walk(path: &str, block: &Block, see: &mut dyn FnMut(&str, &Field)) {
    for field in &block.fields {
        let path = format!("{path}.{}", field.name);
        see(&path, field);
        if let Some(nested) = &field.nested {
            walk(&path, nested.block(), see);
        }
    }
}

/// What is wrong with a text.
fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for paragraph in text.split("\n\n") {
        if !paragraph.starts_with(|first: char| first.is_uppercase() || first == '`' || first.is_ascii_digit()) {
            faults.push(format!("does not start as a sentence: {paragraph:?}"));
        }
        if !paragraph.ends_with('.') {
            faults.push(format!("does not end with a period: {paragraph:?}"));
        }
    }
    if text.contains("  ") {
        faults.push("has two spaces in a row".to_owned());
    }
    if text.matches('`').count() % 2 == 1 {
        faults.push("has a backtick without its partner".to_owned());
    }
    let internal = INTERNAL.iter().filter(|word| text.contains(*word));
    faults.extend(internal.map(|word| format!("says {word:?}, which a user does not know")));
    faults
}

#[test]
fn faults_are_found() {
    assert_eq!(faults("Rate in Kbit/s. `a` counts."), [""; 0]);
    for bad in ["rate.", "Rate", "A  rate.", "A `rate.", "An Attr of it.", "Good.\n\nbad."] {
        assert_eq!(faults(bad).len(), 1, "{bad:?}: {:?}", faults(bad));
    }
}

#[test]
fn every_text_is_full_sentences_for_users() {
    let server = server();
    let mut told = Vec::new();
    let mut seen = 0;
    let mut judge = |path: &str, text: &str| {
        seen += 1;
        told.extend(faults(text).into_iter().map(|fault| format!("{path} {fault}")));
    };
    for (name, schema) in schemas(&server) {
        judge(&name, &schema.block.description);
        walk(&name, &schema.block, &mut |path, field| judge(path, &field.description));
    }
    for (name, signature) in server.functions() {
        judge(name, signature.summary);
        judge(name, signature.description);
        for parameter in &signature.parameters {
            judge(&format!("{name}({})", parameter.name), parameter.description);
        }
    }
    assert!(seen > 30, "only {seen} texts were found");
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}

/// The numbers in a text, and the words in quotes.
fn limits(wanted: &str) -> Vec<String> {
    let numbers = wanted.split(|character: char| !character.is_ascii_digit()).filter(|number| !number.is_empty());
    let quoted = wanted.split('"').skip(1).step_by(2);
    // An example in quotes may hold numbers, and is itself no limit.
    if wanted.contains("such as") { Vec::new() } else { numbers.chain(quoted).map(str::to_owned).collect() }
}

#[test]
fn what_a_check_wants_stands_in_the_text() {
    let server = server();
    let mut told = Vec::new();
    let mut seen = 0;
    for (name, schema) in schemas(&server) {
        walk(&name, &schema.block, &mut |path, field| {
            // Values that no check takes, so that it says what it wants.
            let probe = match field.ty {
                Type::Number => Value::from(-1_i64),
                Type::String => Value::from("\u{1}"),
                _ => return,
            };
            for verdict in field.rule.verdicts(&probe) {
                let (Verdict::Refused(wanted) | Verdict::Doubtful(wanted)) = verdict else { continue };
                seen += 1;
                let lacking = limits(&wanted).into_iter().filter(|limit| !field.description.contains(limit.as_str()));
                told.extend(lacking.map(|limit| format!("{path} leaves out {limit}, of: {wanted}")));
            }
        });
    }
    assert!(seen > 8, "only {seen} checks were found");
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}

#[test]
fn the_pages_are_current() {
    let pages = pages("smartag", &server(), &root()).unwrap();
    let changes: Vec<_> = changes(&pages, &root()).unwrap().iter().map(ToString::to_string).collect();
    assert!(changes.is_empty(), "\n{}\nWrite them with: make docs", changes.join("\n"));
}

#[test]
fn every_page_shows_an_example_and_ends_with_one_line_feed() {
    for (path, page) in pages("smartag", &server(), &root()).unwrap() {
        assert!(page.contains("## Example Usage\n\n```terraform\n"), "{}", path.display());
        assert!(page.ends_with('\n') && !page.ends_with("\n\n"), "{}", path.display());
        assert!(!page.contains('\r') && !page.contains("\n\n\n"), "{}", path.display());
    }
}

/// Everything below `docs` that is Markdown, by path.
fn all_pages() -> BTreeMap<PathBuf, String> {
    let docs = root().join("docs");
    let mut pages = BTreeMap::new();
    for folder in ["", "resources", "data-sources", "functions", "guides"] {
        for name in crate::folder::names(&docs.join(folder)).unwrap() {
            let file = docs.join(folder).join(name);
            if file.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&file).unwrap();
                pages.insert(file, text);
            }
        }
    }
    pages
}

/// Headings as GitHub and the Registry make anchors of them, and the anchors written out.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
        kept.collect::<String>().replace(' ', "-")
    });
    let written = page.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    headings.chain(written).collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let pages = all_pages();
    let mut seen = 0;
    for (file, text) in &pages {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            seen += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let linked = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            let linked = linked.canonicalize().unwrap_or_else(|_| panic!("{} links to {target}", file.display()));
            let there = fs::read_to_string(&linked).unwrap();
            assert!(
                anchor.is_empty() || anchors(&there).iter().any(|found| found == anchor),
                "{} links to {target}, which has no such anchor",
                file.display()
            );
        }
    }
    assert!(seen > 5, "only {seen} links were found");
}

#[test]
fn every_guide_has_front_matter() {
    let guides: Vec<_> =
        all_pages().into_iter().filter(|(file, _)| file.to_string_lossy().contains("/guides/")).collect();
    assert!(guides.len() >= 2, "only {} guides were found", guides.len());
    for (file, text) in guides {
        let mut parts = text.splitn(3, "---\n");
        assert_eq!(parts.next(), Some(""), "{}", file.display());
        let front = parts.next().unwrap();
        for key in ["page_title: \"", "subcategory: \"Guides\"\n", "description: |-\n  "] {
            assert!(front.contains(key), "{} lacks {key:?}", file.display());
        }
    }
}

/// The names of environment variables of the API in a text, wherever they stand in it.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    const BEGINNINGS: [&str; 9] = [
        "ALIBABA_CLOUD_",
        "ALICLOUD_",
        "ALIBABACLOUD_",
        "CLIENT_CONNECT_",
        "CLIENT_READ_",
        "MAX_RETRY_",
        "TF_APPEND_",
        "HTTPS_",
        "SSL_CERT_",
    ];
    let is_of_name = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let words = text.split(move |letter| !is_of_name(letter));
    words.filter(|word| BEGINNINGS.iter().any(|beginning| word.starts_with(beginning) && word.len() > beginning.len()))
}

#[test]
fn every_environment_variable_that_is_read_stands_in_the_guide() {
    let guide = fs::read_to_string(root().join("docs/guides/authentication.md")).unwrap();
    let told: Vec<_> = variables(&guide).collect();
    for product in ["SMARTAG", "STS", "KMS"] {
        assert!(told.contains(&format!("ALIBABA_CLOUD_ENDPOINT_{product}").as_str()), "{product}");
    }
    let mut read = 0;
    for room in ["src/alibaba", "src/provider"] {
        for file in files(&root().join(room)) {
            let source = fs::read_to_string(&file).unwrap();
            for variable in variables(&source) {
                // Such a beginning is completed with the code of a product.
                let is_told = told.contains(&variable) || variable == "ALIBABA_CLOUD_ENDPOINT_";
                assert!(is_told, "{variable} of {} is not in the guide", file.display());
                read += 1;
            }
        }
    }
    assert!(read > 60, "only {read} names were found");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
