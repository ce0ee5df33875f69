//! The outside as it is passed in: wall clock, randomness, environment and files.
//!
//! Code that needs one of them takes a [`World`], so that a test can say what the time is and what comes out of the
//! dice. Waiting goes through `tokio::time`, which tests can pause.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Largest file that is read, in bytes. What is read here are settings of a user, some kilobytes at most.
const LARGEST_FILE: usize = 1024 * 1024;

/// How long a pipe may take to give its content.
const PIPE_LIMIT: Duration = Duration::from_secs(2);

/// Wall clock, randomness, environment variables and files. Cheap to clone.
#[derive(Clone)]
pub struct World(Arc<Source>);

enum Source {
    Process,
    Fixed(Fixed),
}

struct Fixed {
    now: OffsetDateTime,
    /// Where tokio's clock stood at `now`, if the wall clock goes along with it.
    since: Option<Instant>,
    dice: Mutex<u64>,
    environment: HashMap<String, String>,
    files: HashMap<PathBuf, Vec<u8>>,
}

impl World {
    /// The real ones, of this process.
    pub fn of_process() -> Self {
        Self(Arc::new(Source::Process))
    }

    /// A clock that stands at `now`, dice that repeat themselves, exactly these variables and no files: for tests.
    pub fn fixed(now: OffsetDateTime, environment: &[(&str, &str)]) -> Self {
        Self::fixed_with(now, None, environment, HashMap::new())
    }

    /// The same with these files.
    pub fn fixed_with_files(
        now: OffsetDateTime,
        environment: &[(&str, &str)],
        files: HashMap<PathBuf, Vec<u8>>,
    ) -> Self {
        Self::fixed_with(now, None, environment, files)
    }

    /// A clock that goes on from `now` as `tokio::time` does, which a test can pause and move.
    pub fn ticking(now: OffsetDateTime, environment: &[(&str, &str)], files: HashMap<PathBuf, Vec<u8>>) -> Self {
        Self::fixed_with(now, Some(Instant::now()), environment, files)
    }

    fn fixed_with(
        now: OffsetDateTime,
        since: Option<Instant>,
        environment: &[(&str, &str)],
        files: HashMap<PathBuf, Vec<u8>>,
    ) -> Self {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self(Arc::new(Source::Fixed(Fixed { now, since, dice: Mutex::new(1), environment, files })))
    }

    /// The time, in UTC.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> OffsetDateTime {
        match &*self.0 {
            Source::Process => SystemTime::now().into(),
            Source::Fixed(fixed) => fixed.now + fixed.since.map_or(Duration::ZERO, |since| since.elapsed()),
        }
    }

    /// An environment variable; one that is empty or no Unicode counts as not set.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn variable(&self, name: &str) -> Option<String> {
        match &*self.0 {
            Source::Process => std::env::var(name).ok(),
            Source::Fixed(fixed) => fixed.environment.get(name).cloned(),
        }
        .filter(|value| !value.is_empty())
    }

    /// Whether an environment variable switches something on: it is `true`, `1`, `yes` or `on`, in any case.
    pub fn is_on(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|value| is_on(&value))
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.variable(name).map(PathBuf::from)
    }

    /// The whole content of a file, wiped when it is dropped. What is no plain file (a pipe that a shell made of a
    /// command, say) has two seconds to give it.
    ///
    /// # Errors
    /// Those of the operating system; also when the file is longer than a mebibyte, or takes too long.
    pub fn read_file(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        match &*self.0 {
            Source::Process if std::fs::metadata(path)?.is_file() => read_whole(path),
            Source::Process => {
                let (path, (sender, content)) = (path.to_owned(), mpsc::channel());
                // Opening a pipe that nobody writes to never ends, so the thread is left to itself then.
                std::thread::spawn(move || sender.send(read_whole(&path)));
                content.recv_timeout(PIPE_LIMIT).unwrap_or_else(|_| {
                    let problem = format!("it is no plain file and gave nothing within {} s", PIPE_LIMIT.as_secs());
                    Err(io::Error::new(io::ErrorKind::TimedOut, problem))
                })
            }
            Source::Fixed(fixed) => {
                let content = fixed.files.get(path).cloned();
                content.map(Zeroizing::new).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }

    /// 64 random bits.
    pub fn random(&self) -> u64 {
        match &*self.0 {
            Source::Process => getrandom::u64().expect("the operating system always has randomness once it is up"),
            Source::Fixed(fixed) => {
                // Marsaglia's xorshift: repeatable, and never twice the same within a test.
                let mut dice = fixed.dice.lock().unwrap_or_else(PoisonError::into_inner);
                *dice ^= *dice << 13;
                *dice ^= *dice >> 7;
                *dice ^= *dice << 17;
                *dice
            }
        }
    }

    /// A random (version 4) UUID in lower case.
    pub fn uuid(&self) -> String {
        let bits = (u128::from(self.random()) << 64) | u128::from(self.random());
        let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

/// Whether text switches something on: `true`, `1`, `yes` or `on`, in any case.
pub fn is_on(text: &str) -> bool {
    ["true", "1", "yes", "on"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

fn read_whole(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // All the room from the start: growing would leave copies of secrets in freed memory.
    let mut content = Zeroizing::new(Vec::with_capacity(LARGEST_FILE + 1));
    File::open(path)?.take(LARGEST_FILE as u64 + 1).read_to_end(&mut content)?;
    if content.len() > LARGEST_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is longer than 1 MiB"));
    }
    Ok(content)
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_the_shape_of_version_4_and_never_repeats() {
        for world in [World::of_process(), World::fixed(OffsetDateTime::UNIX_EPOCH, &[])] {
            let (one, two) = (world.uuid(), world.uuid());
            assert_ne!(one, two);
            assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
            assert_eq!(&one[14..15], "4");
            assert!("89ab".contains(&one[19..20]), "{one}");
        }
    }

    #[test]
    fn four_words_switch_on() {
        let values = ["true", "TRUE", "1", " 1 ", "Yes", "on", "false", "0", "", "no", "11"];
        let on = values.map(|value| World::fixed(OffsetDateTime::UNIX_EPOCH, &[("SWITCH", value)]).is_on("SWITCH"));
        assert_eq!(on, [true, true, true, true, true, true, false, false, false, false, false]);
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let world = World::fixed(OffsetDateTime::UNIX_EPOCH, &[("EMPTY", ""), ("FULL", "x")]);
        assert_eq!(world.variable("EMPTY"), None);
        assert_eq!(world.variable("FULL").as_deref(), Some("x"));
        assert_eq!(world.variable("ABSENT"), None);
    }
}
