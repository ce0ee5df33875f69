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

/// The commands in the order in which they are run: key, arguments, and the exit code that is right. 2 says that there
/// is something to change.
const COMMANDS: [(&str, &str, i32); 5] = [
    ("plan", "plan -input=false -no-color -detailed-exitcode", 2),
    ("apply", "apply -input=false -no-color -auto-approve", 0),
    ("refresh", "plan -input=false -no-color -detailed-exitcode -refresh-only", 0),
    ("plan_again", "plan -input=false -no-color -detailed-exitcode", 0),
    ("destroy", "destroy -input=false -no-color -auto-approve", 0),
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
        workspace.run(arguments, expected).await?;
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
    let mut by_action = BTreeMap::<_, usize>::new();
    for call in &calls {
        *by_action.entry(call.action.as_str()).or_default() += 1;
    }
    let parts: Vec<_> = by_action.iter().map(|(action, count)| format!("{count} {action}")).collect();
    let label = match key {
        "plan_again" => "plan without a change",
        "refresh" => "plan -refresh-only",
        command => command,
    };
    Figure::new(format!("{key}_api_calls"), label, Measure::Count(calls.len())).remark(parts.join(", "))
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

    async fn run(&self, arguments: &str, expected: i32) -> Result<(), Failure> {
        let output = self.output(arguments).await?;
        if output.status.code() == Some(expected) {
            return Ok(());
        }
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let (program, status) = (self.program, output.status);
        Err(format!("{program} {arguments}: {status}, where exit code {expected} is right\n{stdout}{stderr}").into())
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
