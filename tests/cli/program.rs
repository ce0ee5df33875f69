//! Finds the CLI and runs it.

use std::io::{Read, Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

use terraform_provider_smartag::world::World;

/// Longer than any run of these tests takes, on a slow and busy machine too.
const PATIENCE: Duration = Duration::from_secs(60);

const NOT_FOUND: &str = "These tests run the real CLI, and there is none. Install Terraform 1.11 or later \
    (https://developer.hashicorp.com/terraform/install) or OpenTofu (https://opentofu.org/docs/intro/install) so that \
    `terraform` or `tofu` is in PATH, or name the program in SMARTAG_TEST_CLI. SMARTAG_SKIP_CLI=1 leaves these tests out.";

const SKIPPED: &str = "\n\
    ##########################################################################\n\
    ##  SMARTAG_SKIP_CLI=1: the tests with the real CLI prove NOTHING today  ##\n\
    ##########################################################################\n";

/// Terraform or OpenTofu.
#[derive(Clone, Debug)]
pub struct Cli {
    path: PathBuf,
    is_opentofu: bool,
}

/// What one run of the CLI said and how it ended.
#[derive(Debug)]
pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Cli {
    /// `SMARTAG_TEST_CLI`, else `terraform`, else `tofu`. None where the tests are to be skipped.
    pub fn find() -> Option<Self> {
        static FOUND: OnceLock<Option<Cli>> = OnceLock::new();
        static SAY_SO: Once = Once::new();

        let world = World::of_process();
        if world.variable("SMARTAG_SKIP_CLI").is_some_and(|text| text == "1") {
            SAY_SO.call_once(|| {
                // Past the capture of the test run; where stderr is gone nobody reads anyway.
                let _ = stderr().write_all(SKIPPED.as_bytes());
            });
            return None;
        }
        let found = FOUND.get_or_init(|| {
            let named = world.variable("SMARTAG_TEST_CLI").map(PathBuf::from);
            let path = named.or_else(|| in_path(&world, "terraform")).or_else(|| in_path(&world, "tofu"))?;
            let is_opentofu = path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("tofu"));
            Some(Self { path, is_opentofu })
        });
        assert!(found.is_some(), "{NOT_FOUND}");
        found.clone()
    }

    /// Where a source address without a host leads.
    pub fn registry(&self) -> &'static str {
        if self.is_opentofu { "registry.opentofu.org" } else { "registry.terraform.io" }
    }

    /// Starts it in `directory`, with this environment and no other.
    pub fn start(&self, directory: &Path, arguments: &[&str], environment: &[(String, String)]) -> Running {
        #[expect(clippy::disallowed_methods, reason = "its output goes to pipes that are read to their end below")]
        let mut command = Command::new(&self.path);
        command.current_dir(directory).args(arguments).env_clear().envs(environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // As shells do, so that an interrupt can reach it and its providers, and nobody else.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}\n{NOT_FOUND}", self.path.display()));
        Running {
            stdout: read_to_end(child.stdout.take().expect("it was piped above")),
            stderr: read_to_end(child.stderr.take().expect("it was piped above")),
            until: Instant::now() + PATIENCE,
            child,
        }
    }
}

/// A run under way.
pub struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    until: Instant,
}

impl Running {
    /// Waits for its end, and ends it when that takes too long.
    pub fn output(mut self) -> Output {
        let text = |pipe: &Receiver<String>| pipe.recv_timeout(self.until.saturating_duration_since(Instant::now()));
        let (Ok(stdout), Ok(stderr)) = (text(&self.stdout), text(&self.stderr)) else {
            // The provider notices by itself that its host is gone.
            self.child.kill().expect("it may be killed until it was waited for");
            self.child.wait().expect("it was killed");
            panic!("a run took longer than {PATIENCE:?} and was killed");
        };
        let status = self.child.wait().expect("it was not waited for before");
        Output { code: status.code(), stdout, stderr }
    }

    /// The number of its process.
    #[cfg(unix)]
    pub fn id(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// What Ctrl-C does: it reaches the CLI and its providers alike.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        use rustix::process::{Signal, kill_process_group};

        kill_process_group(self.id(), Signal::INT).expect("it was not waited for, so it can be signalled");
    }
}

fn in_path(world: &World, name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = world.variable("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(&name)).find(|file| file.is_file())
}

/// Sends the whole text once the other end is closed.
fn read_to_end(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        // Nobody receives it when the run took too long.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}
