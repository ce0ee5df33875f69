//! A directory with a configuration, a state, and an emulator behind the provider.

use std::fs;
use std::path::Path;

use serde_json::Value;
use smartag_emulator::{AccessKey, Config, DEFAULT_ACCESS_KEY_ID, Emulator};
use tempfile::TempDir;
use terraform_provider_smartag::world::World;

use crate::program::{Cli, Output, Running};

/// The instance that is there from the start, in `cn-shanghai`.
pub use smartag_emulator::DEFAULT_INSTANCE as INSTANCE;

/// What the emulator's key signs with.
pub const KEY_SECRET: &str = "hush-key-secret";
/// What every secret of these tests begins with. No run may ever print it.
const HUSH: &str = "hush-";

/// The provider under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-smartag");

/// What the CLI prints about a provider that crashed, broke the protocol or broke its own promises.
const BROKEN: &[&str] = &[
    "panicked",
    "panic:",
    "crashed",
    "did not respond",
    "inconsistent result",
    "inconsistent final plan",
    "invalid plan",
    "invalid object",
    "unexpected new value",
    "rpc error",
    "Request cancelled",
    "Unsupported plugin method",
    "Defect in the provider",
    "not configured",
    "Unreadable state or plan",
    "This is a bug in the provider",
    "This is always an error in the provider",
];

/// One of these belongs to one test.
pub struct Workspace {
    pub emulator: Emulator,
    pub cli: Cli,
    directory: TempDir,
    environment: Vec<(String, String)>,
}

/// One run of the CLI.
#[derive(Debug)]
pub struct Run {
    command: String,
    output: Output,
}

impl Workspace {
    /// A workspace with the default emulator; none where these tests are to be skipped.
    pub fn open() -> Option<Self> {
        Self::with(|_| {})
    }

    /// The same with another emulator.
    pub fn with(change: impl FnOnce(&mut Config)) -> Option<Self> {
        let cli = Cli::find()?;
        let mut config = Config { keys: vec![AccessKey::new(DEFAULT_ACCESS_KEY_ID, KEY_SECRET)], ..Config::default() };
        change(&mut config);
        let emulator = Emulator::start(config).expect("an emulator starts on a free port");
        let directory = tempfile::tempdir().expect("there is room for temporary files");
        let mut workspace = Self { emulator, cli, directory, environment: Vec::new() };
        workspace.surround();
        workspace.install_by_override();
        workspace.provider(r#"region = "cn-shanghai""#);
        Some(workspace)
    }

    /// The environment that the CLI and the provider see, and nothing of the one around this test.
    fn surround(&mut self) {
        let home = self.path().display().to_string();
        let config_file = self.path().join("cli.tfrc").display().to_string();
        for (name, value) in [
            ("HOME", home.as_str()),
            ("TF_CLI_CONFIG_FILE", &config_file),
            ("TF_CLI_ARGS", "-no-color"),
            ("TF_IN_AUTOMATION", "1"),
            ("TF_INPUT", "0"),
            ("CHECKPOINT_DISABLE", "1"),
            ("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"),
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", DEFAULT_ACCESS_KEY_ID),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY_SECRET),
        ] {
            self.set(name, value);
        }
        for name in ["PATH", "TMPDIR", "SystemRoot"] {
            if let Some(value) = World::of_process().variable(name) {
                self.set(name, &value);
            }
        }
    }

    /// The CLI takes the provider straight from where it was built, without `init`.
    fn install_by_override(&self) {
        let directory = Path::new(PROGRAM).parent().expect("a program lies in a directory");
        self.write(
            "cli.tfrc",
            &format!(
                "provider_installation {{\n  dev_overrides {{\n    \"smartag/smartag\" = {directory:?}\n  }}\n}}\n"
            ),
        );
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("a file can be written to a fresh directory");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Sets an environment variable for the runs to come.
    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Unsets an environment variable for the runs to come.
    pub fn unset(&mut self, name: &str) {
        self.environment.retain(|(known, _)| known != name);
    }

    /// Writes a provider block with these arguments and the endpoint of the emulator.
    pub fn provider(&self, arguments: &str) {
        let url = self.emulator.url();
        self.whole_provider(&format!("{arguments}\n  endpoints {{\n    smartag = {url:?}\n  }}"));
    }

    /// Writes a provider block with these arguments only.
    pub fn whole_provider(&self, arguments: &str) {
        self.write(
            "provider.tf",
            &format!(
                "terraform {{\n  required_providers {{\n    smartag = {{\n      source = \"smartag/smartag\"\n    }}\n  }}\n}}\n\n\
                 provider \"smartag\" {{\n  {arguments}\n}}\n"
            ),
        );
    }

    /// Runs the CLI. However it ends, it must look like the work of a sound provider and tell no secret.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.concluded(arguments, self.start(arguments))
    }

    /// Starts the CLI, for those who do something meanwhile.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.cli.start(self.path(), arguments, &self.environment)
    }

    /// The end of what was started with these arguments.
    pub fn concluded(&self, arguments: &[&str], running: Running) -> Run {
        let run = self.broken_off(arguments, running);
        for mark in BROKEN {
            assert!(!run.text().contains(mark), "{mark:?} in {run}");
        }
        run
    }

    /// The same where something was broken on purpose, and the CLI may say so. It must tell no secret all the same.
    pub fn broken_off(&self, arguments: &[&str], running: Running) -> Run {
        let run = Run { command: arguments.join(" "), output: running.output() };
        assert!(!run.text().contains(HUSH), "a secret in {run}");
        run
    }

    /// Makes `config` true. The plan that follows must be empty, and find the state as the service has it.
    pub fn apply(&self, config: &str) -> Run {
        let run = self.apply_once(config);
        self.assert_settled();
        run
    }

    /// The same for the cases in which something is left to do afterwards; the test says what.
    pub fn apply_once(&self, config: &str) -> Run {
        self.write("main.tf", config);
        self.run(&["apply", "-auto-approve"]).succeeded()
    }

    /// Applies what cannot be applied.
    pub fn apply_fails(&self, config: &str) -> Run {
        self.write("main.tf", config);
        self.run(&["apply", "-auto-approve"]).failed()
    }

    /// Plans, with changes or without.
    pub fn plan(&self, config: &str) -> Run {
        self.write("main.tf", config);
        let run = self.run(&["plan", "-detailed-exitcode"]);
        assert!([Some(0), Some(2)].contains(&run.output.code), "a plan was expected of {run}");
        run
    }

    /// Plans what cannot be planned.
    pub fn plan_fails(&self, config: &str) -> Run {
        self.write("main.tf", config);
        self.run(&["plan", "-detailed-exitcode"]).failed()
    }

    /// Plans the configuration as it is, which must find nothing to do and nothing changed outside.
    pub fn assert_settled(&self) {
        self.run(&["plan", "-detailed-exitcode"]).says("No changes. Your infrastructure matches the configuration.");
    }

    pub fn destroy(&self) -> Run {
        self.run(&["destroy", "-auto-approve"]).succeeded()
    }

    pub fn import(&self, address: &str, id: &str) -> Run {
        self.run(&["import", address, id])
    }

    /// The attributes of a resource as the state file holds them, passwords and all; null where there is no such resource.
    pub fn state(&self, address: &str) -> Value {
        self.instances()
            .into_iter()
            .find(|(known, _)| known == address)
            .map_or(Value::Null, |(_, mut instance)| instance["attributes"].take())
    }

    /// Whether the state holds this resource as one that was not created whole.
    pub fn is_tainted(&self, address: &str) -> bool {
        self.instances().iter().any(|(known, instance)| known == address && instance["status"] == "tainted")
    }

    /// Addresses of all that is in the state.
    pub fn addresses(&self) -> Vec<String> {
        self.instances().into_iter().map(|(address, _)| address).collect()
    }

    fn instances(&self) -> Vec<(String, Value)> {
        if !self.path().join("terraform.tfstate").exists() {
            return Vec::new();
        }
        let state: Value = serde_json::from_str(&self.read("terraform.tfstate")).expect("state is JSON");
        let mut instances = Vec::new();
        for resource in state["resources"].as_array().into_iter().flatten() {
            let address = format!("{}.{}", word(&resource["type"]), word(&resource["name"]));
            for instance in resource["instances"].as_array().into_iter().flatten() {
                let key = match &instance["index_key"] {
                    Value::Null => String::new(),
                    key => format!("[{key}]"),
                };
                instances.push((format!("{address}{key}"), instance.clone()));
            }
        }
        instances
    }

    /// The state as `show -json` tells it. It holds secrets by design, so nobody looks for these here.
    pub fn show(&self) -> Value {
        let output = self.start(&["show", "-json"]).output();
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Run {
    /// All that was written.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.output.stdout, self.output.stderr)
    }

    pub fn stdout(&self) -> &str {
        &self.output.stdout
    }

    /// The text as one line, without the frames around diagnostics and the line breaks that the CLI puts in.
    pub fn unwrapped(&self) -> String {
        let text = self.text();
        let words = text.split_whitespace().filter(|word| !["│", "╷", "╵"].contains(word));
        words.collect::<Vec<_>>().join(" ")
    }

    pub fn succeeded(self) -> Self {
        assert_eq!(self.output.code, Some(0), "success was expected of {self}");
        self
    }

    pub fn failed(self) -> Self {
        assert_eq!(self.output.code, Some(1), "an error was expected of {self}");
        assert!(self.text().contains("Error: "), "an error was expected of {self}");
        self
    }

    /// Somewhere it says this, however the lines are broken.
    pub fn says(self, wanted: &str) -> Self {
        assert!(self.unwrapped().contains(wanted), "{wanted:?} is missing in {self}");
        self
    }

    /// Nowhere it says this.
    pub fn omits(self, unwanted: &str) -> Self {
        assert!(!self.unwrapped().contains(unwanted), "{unwanted:?} is too much in {self}");
        self
    }

    pub fn count(&self, text: &str) -> usize {
        self.unwrapped().matches(text).count()
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`, which ended with {:?}:\n{}", self.command, self.output.code, self.text())
    }
}
