//! How often the commands of the real CLI make the provider call the API.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Output, Stdio};

use smartag_emulator::{
    Config, DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET, DEFAULT_INSTANCE, DEFAULT_REGION, Emulator,
};
use tempfile::TempDir;
use terraform_provider_smartag::world::World;
use tokio::process::Command;

use crate::Failure;
use crate::figures::{Figure, Measure, Section};
use crate::flags::Dose;

/// What is looked for, in this order.
const PROGRAMS: [&str; 2] = ["terraform", "tofu"];

/// The commands in the order in which they are run: key, arguments, and what they say when all is right; `N` is the
/// number of users. Exit codes would not do: Terraform 1.11 tells of changes after a refresh without any.
const COMMANDS: [(&str, &str, &str); 5] = [
    ("plan", "plan", "Plan: N to add, 0 to change, 0 to destroy."),
    ("apply", "apply -auto-approve", "Apply complete! Resources: N added, 0 changed, 0 destroyed."),
    ("refresh", "plan -refresh-only", "No changes."),
    ("plan_again", "plan", "No changes."),
    ("destroy", "destroy -auto-approve", "Destroy complete! Resources: N destroyed."),
];

/// A folder with a configuration, and the CLI that works on it.
struct Workspace {
    program: &'static str,
    folder: TempDir,
}

/// Runs the commands once: counts do not vary.
pub async fn measure(provider: &Path, dose: &Dose) -> Result<Section, Failure> {
    let emulator = Emulator::start(Config::default())?;
    let title = format!("API calls of a command, {} users", dose.managed);
    let Some(workspace) = Workspace::with_cli(provider, &emulator, dose.managed).await? else {
        let note = Some(format!("skipped: neither {} is in PATH", PROGRAMS.join(" nor ")));
        return Ok(Section { title, figures: Vec::new(), note });
    };
    let mut figures = Vec::new();
    for (key, arguments, expected) in COMMANDS {
        emulator.clear_calls();
        workspace.run(arguments, &expected.replace("N ", &format!("{} ", dose.managed))).await?;
        let users = if ["plan", "destroy"].contains(&key) { 0 } else { dose.managed as usize };
        let found = emulator.users(DEFAULT_INSTANCE).len();
        if found != users {
            return Err(format!("after {arguments:?} there are {found} users, not {users}").into());
        }
        figures.push(figure(key, &emulator));
    }
    Ok(Section { title, figures, note: Some(workspace.version().await?) })
}

fn figure(key: &str, emulator: &Emulator) -> Figure {
    let calls = emulator.calls();
    let mut by_action = BTreeMap::<_, u32>::new();
    for call in &calls {
        *by_action.entry(call.action.as_str()).or_default() += 1;
    }
    let label = match key {
        "plan_again" => "plan without a change",
        "refresh" => "plan -refresh-only",
        command => command,
    };
    let total = Figure::new(format!("cli_{key}_api_calls"), label, Measure::Count(calls.len()));
    by_action.into_iter().fold(total, |figure, (action, count)| figure.count(action, action, f64::from(count)))
}

impl Workspace {
    /// None where there is no CLI.
    async fn with_cli(provider: &Path, emulator: &Emulator, users: u32) -> Result<Option<Self>, Failure> {
        let folder = TempDir::new()?;
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins)?;
        // The CLI knows a provider by the name of its file.
        std::os::unix::fs::symlink(provider, plugins.join("terraform-provider-smartag"))?;
        std::fs::write(folder.path().join("main.tf"), configuration(emulator.url(), users))?;
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"smartag/smartag\" = {:?}\n  }}\n  direct {{}}\n}}\n",
            plugins.display()
        );
        std::fs::write(folder.path().join("cli.tfrc"), overrides)?;
        let mut workspace = Self { program: PROGRAMS[0], folder };
        for program in PROGRAMS {
            workspace.program = program;
            match workspace.output("version").await {
                Ok(_) => return Ok(Some(workspace)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(format!("starting {program}: {error}").into()),
            }
        }
        Ok(None)
    }

    async fn version(&self) -> Result<String, Failure> {
        let output = self.output("version").await?;
        let first = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned();
        Ok(first)
    }

    async fn run(&self, arguments: &str, expected: &str) -> Result<(), Failure> {
        let output = self.output(&format!("{arguments} -input=false -no-color")).await?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && stdout.contains(expected) {
            return Ok(());
        }
        let (program, status, stderr) = (self.program, output.status, String::from_utf8_lossy(&output.stderr));
        Err(format!("{program} {arguments}: {status}, and not {expected:?}:\n{stdout}{stderr}").into())
    }

    /// Sees no environment but this, so that nobody's settings take part.
    async fn output(&self, arguments: &str) -> std::io::Result<Output> {
        let mut command = Command::new(self.program);
        command
            .args(arguments.split(' '))
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", World::of_process().variable("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("TF_CLI_CONFIG_FILE", self.folder.path().join("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command.output().await
    }
}

/// With `count`: a `for_each` over a set takes Terraform itself longer than anything that is measured here.
fn configuration(url: &str, users: u32) -> String {
    format!(
        r#"terraform {{
  required_providers {{
    smartag = {{
      source = "smartag/smartag"
    }}
  }}
}}

provider "smartag" {{
  access_key = "{DEFAULT_ACCESS_KEY_ID}"
  secret_key = "{DEFAULT_ACCESS_KEY_SECRET}"
  region     = "{DEFAULT_REGION}"

  endpoints {{
    smartag = "{url}"
  }}
}}

resource "smartag_client_user" "employee" {{
  count     = {users}
  sag_id    = "{DEFAULT_INSTANCE}"
  user_name = format("user%04d", count.index)
  user_mail = format("user%04d@example.com", count.index)
  password  = "not-a-secret"
  bandwidth = 2000
}}
"#
    )
}
