//! The program's command line.

use std::ffi::OsString;

use lexopt::prelude::{Long, Short, ValueExt};
use smartag_emulator::{AccessKey, Config, DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET, InstanceConfig};

pub const HELP: &str = "\
A server on 127.0.0.1 that behaves as the Smartag API does for the client users of Smart Access Gateway.

Usage: smartag-emulator [flags]

  --port N                    port to listen on; 0, the default, takes a free one
  --access-key-id ID          the key that may sign; LTAI-emulator-id
  --access-key-secret SECRET  its secret; emulator-secret
  --instance sag-ID[@REGION]  a software instance, in cn-shanghai unless a region is named; may be repeated;
                              sag-emulator0001 when there is none
  --quiet                     no line per call on stderr
  --help                      this text

The first line on stdout is: listening on http://127.0.0.1:PORT
README.md describes the control endpoint below /_emulator/.
";

/// What the command line asks for.
#[derive(Debug)]
pub enum Flags {
    Help,
    Serve { config: Box<Config>, is_quiet: bool },
}

/// Reads the flags behind the program's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Flags, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut config = Config::default();
    let mut key = AccessKey::new(DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET);
    let mut instances = Vec::new();
    let mut is_quiet = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => config.port = parser.value()?.parse()?,
            Long("access-key-id") => key.id = parser.value()?.string()?,
            Long("access-key-secret") => key.secret = parser.value()?.string()?,
            Long("instance") => instances.push(instance(&parser.value()?.string()?)),
            Long("quiet") => is_quiet = true,
            Long("help") | Short('h') => return Ok(Flags::Help),
            other => return Err(other.unexpected()),
        }
    }
    config.keys = vec![key];
    if !instances.is_empty() {
        config.instances = instances;
    }
    Ok(Flags::Serve { config: Box::new(config), is_quiet })
}

fn instance(text: &str) -> InstanceConfig {
    match text.split_once('@') {
        Some((sag_id, region)) => InstanceConfig::new(sag_id).in_region(region),
        None => InstanceConfig::new(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Flags, lexopt::Error> {
        parse(line.split_whitespace().map(OsString::from))
    }

    fn config(line: &str) -> Config {
        match parsed(line) {
            Ok(Flags::Serve { config, .. }) => *config,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn without_flags_the_defaults_serve() {
        let config = config("");
        assert_eq!((config.port, config.instances.len(), config.keys.len()), (0, 1, 1));
    }

    #[test]
    fn every_flag_reaches_the_configuration() {
        let config = config(
            "--port 8080 --access-key-id id --access-key-secret=hidden --instance sag-a1@eu-central-1 --instance sag-b2",
        );
        assert_eq!(config.port, 8080);
        assert_eq!((config.keys[0].id.as_str(), config.keys[0].secret.as_str()), ("id", "hidden"));
        let places: Vec<_> = config.instances.iter().map(|i| (i.sag_id.as_str(), i.region.as_str())).collect();
        assert_eq!(places, [("sag-a1", "eu-central-1"), ("sag-b2", "cn-shanghai")]);
        assert!(matches!(parsed("--quiet"), Ok(Flags::Serve { is_quiet: true, .. })));
        assert!(matches!(parsed("--help"), Ok(Flags::Help)));
    }

    #[test]
    fn what_is_no_flag_is_named() {
        for (line, word) in [("--prot 1", "prot"), ("--port many", "many"), ("extra", "extra"), ("--port", "port")] {
            let error = parsed(line).unwrap_err().to_string();
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}
