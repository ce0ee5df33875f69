//! Profiles in files: those of the `aliyun` CLI in JSON, and the older ones of the SDKs as an INI file. Which of the two a
//! file is shows in its content.

mod cli;
mod config;
mod ini;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::{Finding, Source, Variable, Way};
use crate::world::World;

/// `true`: the CLI's own file is not read.
const CLI_DISABLED: &str = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED";

/// The CLI's own file in the home folder.
const OF_CLI: &str = ".aliyun/config.json";

/// A profile as a source of credentials.
#[derive(Clone, Debug)]
pub struct Profiles {
    place: Place,
    /// What was found first: whoever switches to another profile in the middle of a run means the runs to come.
    found: OnceLock<Found>,
}

/// A profile that was found.
#[derive(Clone, Debug)]
struct Found {
    /// Its name.
    profile: String,
    /// The same with file and line.
    label: String,
}

/// Where a profile is looked for.
#[derive(Clone, Debug)]
enum Place {
    /// A profile or file that somebody named in the provider block or the environment: it must be there.
    Named(Named),
    /// The `current` profile of the CLI, in `~/.aliyun/config.json`.
    Cli,
    /// The section `default` of `~/.alibabacloud/credentials`.
    Ini,
}

/// What was named, and by what.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// The name of the profile.
    pub profile: Option<String>,
    /// The file.
    pub file: Option<String>,
}

impl Named {
    /// Whether anything was named.
    pub fn is_some(&self) -> bool {
        self.profile.is_some() || self.file.is_some()
    }

    /// What is written, and otherwise what the environment says.
    pub fn or_in_environment(self, world: &World) -> Self {
        Self {
            profile: self.profile.or_else(|| Variable::PROFILE.value(world)),
            file: self.file.or_else(|| Variable::CREDENTIALS_FILE.value(world)),
        }
    }
}

/// What a profile of the CLI says beside its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileSettings {
    /// Which profile it is, in a user's words.
    pub place: String,
    /// Region of whatever is called.
    pub region: Option<String>,
    /// Where hosts are called: `vpc`, or the public ones.
    pub endpoint_type: Option<String>,
}

impl ProfileSettings {
    /// Those of the profile that counts where the block names this profile and file, or neither. Nothing where anything
    /// about it is not in order: whoever needs its keys will tell.
    pub fn found(profile: Option<String>, file: Option<String>, world: &World) -> Self {
        let named = Named { profile, file }.or_in_environment(world);
        let profiles = if named.is_some() { Profiles::named(named) } else { Profiles::cli() };
        match profiles.content(world) {
            Finding::Found((path, content)) if profiles.is_of_cli(&path, &content, world) => {
                cli::settings(&content, &path.display().to_string(), profiles.profile()).unwrap_or_default()
            }
            _ => Self::default(),
        }
    }
}

impl Source for Profiles {
    fn name(&self) -> String {
        match &self.place {
            Place::Named(Named { profile: Some(profile), .. }) => format!("the profile {profile}"),
            Place::Named(_) => "the named file with profiles".to_owned(),
            Place::Cli => "the profile of the CLI".to_owned(),
            Place::Ini => "the credentials file of the SDKs".to_owned(),
        }
    }

    fn origin(&self) -> String {
        self.found.get().map_or_else(|| self.name(), |found| found.label.clone())
    }

    fn look(&self, world: &World) -> Finding<Way> {
        let finding = self.content(world).and_then(|(path, content)| {
            let is_of_cli = self.is_of_cli(&path, &content, world);
            let path = path.display().to_string();
            if is_of_cli {
                cli::look(&content, &path, self.profile(), &self.found, world)
            } else {
                ini::look(&content, &path, self.profile(), &self.found)
            }
        });
        if matches!(self.place, Place::Named(_)) { finding.demanded() } else { finding }
    }
}

impl Profiles {
    /// A profile or file that somebody named.
    pub fn named(named: Named) -> Self {
        Self { place: Place::Named(named), found: OnceLock::new() }
    }

    /// The current profile of the CLI.
    pub fn cli() -> Self {
        Self { place: Place::Cli, found: OnceLock::new() }
    }

    /// The file of the SDKs.
    pub fn ini() -> Self {
        Self { place: Place::Ini, found: OnceLock::new() }
    }

    fn profile(&self) -> Option<&str> {
        match &self.place {
            Place::Named(named) => named.profile.as_deref(),
            Place::Cli | Place::Ini => None,
        }
    }

    /// The first of the files that is there.
    fn content(&self, world: &World) -> Finding<(PathBuf, Zeroizing<Vec<u8>>)> {
        let paths = match self.paths(world) {
            Ok(paths) => paths,
            Err(why) => return Finding::NotConfigured(why),
        };
        for path in &paths {
            match world.read_file(path) {
                Ok(content) => return Finding::Found((path.clone(), content)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Finding::Broken(format!("{} cannot be read: {error}", path.display())),
            }
        }
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        let absent = match &paths[..] {
            [path] => format!("{path} does not exist"),
            paths => format!("neither {} exists", paths.join(" nor ")),
        };
        if matches!(self.place, Place::Named(_)) { Finding::Broken(absent) } else { Finding::NotConfigured(absent) }
    }

    /// Whether a file is one of the CLI: the one in its own folder always is, whatever somebody made of it.
    fn is_of_cli(&self, path: &Path, content: &[u8], world: &World) -> bool {
        match &self.place {
            Place::Cli => true,
            Place::Named(Named { file: None, .. }) => world.home().is_some_and(|home| path == home.join(OF_CLI)),
            Place::Named(_) | Place::Ini => is_json(content),
        }
    }

    fn paths(&self, world: &World) -> Result<Vec<PathBuf>, String> {
        let in_home = |path: &str| world.home().map(|home| home.join(path));
        let no_home = || "the home folder is not known (HOME is not set)".to_owned();
        let enabled = !world.is_on(CLI_DISABLED);
        let (cli, ini) = (in_home(OF_CLI), in_home(".alibabacloud/credentials"));
        match &self.place {
            Place::Named(Named { file: Some(file), .. }) => match file.strip_prefix("~/") {
                Some(rest) => Ok(vec![in_home(rest).ok_or_else(no_home)?]),
                None => Ok(vec![PathBuf::from(file)]),
            },
            Place::Named(_) => {
                let paths: Vec<_> = cli.filter(|_| enabled).into_iter().chain(ini).collect();
                if paths.is_empty() { Err(no_home()) } else { Ok(paths) }
            }
            Place::Cli if !enabled => Err(format!("{CLI_DISABLED} is set")),
            Place::Cli => Ok(vec![cli.ok_or_else(no_home)?]),
            Place::Ini => Ok(vec![ini.ok_or_else(no_home)?]),
        }
    }
}

fn is_json(content: &[u8]) -> bool {
    content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content).trim_ascii_start().first() == Some(&b'{')
}

/// Names for an error: those that exist.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
