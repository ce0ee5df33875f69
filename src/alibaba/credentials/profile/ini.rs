//! The credentials file of the SDKs: an INI file whose sections are profiles.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Found, listed};
use crate::alibaba::credentials::metadata::Metadata;
use crate::alibaba::credentials::oidc::{Oidc, Token};
use crate::alibaba::credentials::{Finding, Role, Way, keys};
use crate::secret::Secret;

/// A section: its name, the line it begins at, and its entries.
struct Section<'a> {
    name: &'a str,
    line: usize,
    entries: BTreeMap<&'a str, &'a str>,
}

/// Looks for a section, `default` where no name is given.
pub fn look(content: &[u8], path: &str, wanted: Option<&str>, found: &OnceLock<Found>) -> Finding<Way> {
    let Ok(text) = std::str::from_utf8(content) else {
        return Finding::Broken(format!("{path} is not text in UTF-8"));
    };
    let sections = match sections(text.trim_start_matches('\u{feff}')) {
        Ok(sections) => sections,
        Err(line) => {
            return Finding::Broken(format!(
                "{path}, line {line}: neither a section like [default] nor an entry like type = access_key (and a file of the \
                 aliyun CLI would begin with {{)"
            ));
        }
    };
    let name = wanted.unwrap_or("default");
    let Some(section) = sections.iter().find(|section| section.name == name) else {
        let names = listed(sections.iter().map(|section| section.name));
        let why = format!("{path} has no section [{name}]; it has these: {names}");
        return if wanted.is_some() { Finding::Broken(why) } else { Finding::NotConfigured(why) };
    };
    if section.get("enable").is_some_and(|value| value.eq_ignore_ascii_case("false")) {
        return Finding::NotConfigured(format!("section [{name}] in {path} says enable = false"));
    }
    let label = format!("section [{name}] in {path}, line {}", section.line);
    match section.way() {
        Ok(way) => {
            found.get_or_init(|| Found { profile: name.to_owned(), label: label.clone() });
            Finding::Found(Way::Of(label, Box::new(way)))
        }
        Err(why) => Finding::Broken(format!("{label}: {why}")),
    }
}

/// The sections; on error the number of the line that is none of what may stand there.
fn sections(text: &str) -> Result<Vec<Section<'_>>, usize> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push(Section { name: name.trim(), line: number, entries: BTreeMap::new() });
            continue;
        }
        let (Some(section), Some((key, value))) = (sections.last_mut(), line.split_once('=')) else {
            return Err(number);
        };
        section.entries.insert(key.trim(), unquoted(without_comment(value)));
    }
    Ok(sections)
}

/// What stands before a comment, which begins with a blank.
fn without_comment(value: &str) -> &str {
    let comment = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min();
    value[..comment.unwrap_or(value.len())].trim()
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

impl Section<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.entries.get(name).copied().filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    fn way(&self) -> Result<Way, String> {
        let kind = self.get("type").ok_or("type is not set")?;
        match kind {
            "access_key" => self.keys(false),
            "sts" => self.need("security_token").and_then(|_| self.keys(true)),
            "ecs_ram_role" => Ok(Way::Metadata(Metadata { role_name: self.text("role_name") })),
            "ram_role_arn" => {
                let keys = self.keys(true)?;
                Ok(Way::Role(Box::new(keys), self.role()?))
            }
            "oidc_role_arn" => {
                let file = self.get("oidc_token_file").map_or_else(|| self.need("oidc_token_file_path"), Ok);
                let file = self.get("oidc_token_file_path").map_or(file, Ok);
                Ok(Way::Oidc(Oidc {
                    provider_arn: self.need("oidc_provider_arn")?.to_owned(),
                    token: Token::File(file?.to_owned()),
                    role: self.role()?,
                }))
            }
            _ => Err(format!(
                "its type {kind:?} cannot be used here; access_key, sts, ram_role_arn, ecs_ram_role and oidc_role_arn can"
            )),
        }
    }

    fn keys(&self, with_token: bool) -> Result<Way, String> {
        let names = ["access_key_id", "access_key_secret", "security_token"];
        let token = self.get("security_token").filter(|_| with_token).map(Secret::from);
        match keys(names, self.text("access_key_id"), self.get("access_key_secret").map(Secret::from), token) {
            Finding::Found(way) => Ok(way),
            Finding::NotConfigured(why) | Finding::Broken(why) => Err(why),
        }
    }

    fn role(&self) -> Result<Role, String> {
        let duration = self.get("session_expiration").map(str::parse).transpose();
        let role = Role {
            arn: self.need("role_arn")?.to_owned(),
            session_name: self.text("role_session_name"),
            duration: duration.map_err(|_| "session_expiration is no whole number of seconds".to_owned())?,
            policy: self.text("policy"),
            external_id: self.get("external_id").map(Secret::from),
            ..Role::default()
        };
        role.checked()
    }

    fn need(&self, name: &str) -> Result<&str, String> {
        let missing = || format!("its type {} needs {name}, which is not set", self.get("type").unwrap_or_default());
        self.get(name).ok_or_else(missing)
    }
}
