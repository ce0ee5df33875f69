//! No secret gets out: everything that is written while the provider tells all it can is searched for every secret in
//! every form.
//!
//! Each run is traced. Searched are what the CLI prints, the logs, and every file that is left behind: plans, which are
//! unpacked, and states. Two places are left out, because a stored `password` is there by its nature: the attribute
//! `password` in the state, and the plan file, which carries planned states and variables in clear. What is given through
//! the environment, through ephemeral variables or to `password_wo` may not be there either.

mod search;

use std::fs;
use std::path::Path;
use std::time::Duration;

use smartag_emulator::{AccessKey, Ciphertext, DEFAULT_ACCESS_KEY_ID, Fault, Outside, What};

use self::search::{Secret, encoded, unpacked};
use crate::accounts::{CREATE, DELETE, LIST, MODIFY, RESET, alice, old_alice, user};
use crate::workspace::{INSTANCE, Run, Workspace};

// What the rules for each kind allow and encodings change.
const KEY: &str = "hush-key/9+Q&=%z";
const WRONG_KEY: &str = "hush-wrong/8+R&=";
const TOKEN: &str = "hush-token/7+w@==";
const OLD: &str = "hush-Old@1_p";
const NEW: &str = "hush-New@2-p";
const TOO_LONG: &str = "hush-TooLong@0123456789012345678901234567890";
const WRITE_ONLY: &str = "hush-Wo@3_p";
const NEW_WRITE_ONLY: &str = "hush-Wo@4-p";
const DECRYPTED: &str = "hush-Kms@5_p";
const PROXY: &str = "hush-Proxy6";

/// How the provider gets its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    InEnvironment,
    InEphemeralVariables,
}

/// Where the logs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Logs {
    /// All of them to a file.
    ToFile,
    /// Those of providers to stderr.
    ToStderr,
}

/// A workspace whose every run is searched.
struct Watched {
    workspace: Workspace,
    logs: Logs,
    /// Kept out of everything.
    hidden: Vec<Secret>,
    /// Those that a plan file and the attribute `password` of a state hold.
    stored: Vec<Secret>,
}

const LOG: &str = "trace.log";
const PLAN: &str = "saved.tfplan";

impl Watched {
    fn open(keys: Keys, logs: Logs) -> Option<Self> {
        let mut workspace = Workspace::with(|config| {
            config.keys = vec![AccessKey::new(DEFAULT_ACCESS_KEY_ID, KEY).with_security_token(TOKEN)];
        })?;
        match keys {
            Keys::InEnvironment => {
                workspace.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY);
                workspace.set("ALIBABA_CLOUD_SECURITY_TOKEN", TOKEN);
            }
            Keys::InEphemeralVariables => {
                workspace.unset("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
                workspace.set("TF_VAR_secret_key", KEY);
                workspace.set("TF_VAR_security_token", TOKEN);
            }
        }
        match logs {
            Logs::ToFile => {
                workspace.set("TF_LOG", "TRACE");
                workspace.set("TF_LOG_PATH", &workspace.path().join(LOG).display().to_string());
            }
            Logs::ToStderr => workspace.set("TF_LOG_PROVIDER", "TRACE"),
        }
        workspace.set("TF_VAR_password", OLD);
        workspace.set("TF_VAR_password_wo", WRITE_ONLY);
        let hidden = [
            ("the access key's secret", KEY),
            ("the wrong secret", WRONG_KEY),
            ("the security token", TOKEN),
            ("the password that is too long", TOO_LONG),
            ("the write-only password", WRITE_ONLY),
            ("the new write-only password", NEW_WRITE_ONLY),
            ("the decrypted password", DECRYPTED),
            ("the proxy's password", PROXY),
        ];
        let stored = [("the password", OLD), ("the new password", NEW)];
        let secrets =
            |named: &[(&'static str, &str)]| named.iter().map(|(name, text)| Secret::new(name, text)).collect();
        let watched = Self { workspace, logs, hidden: secrets(&hidden), stored: secrets(&stored) };
        watched.provider(keys, "");
        Some(watched)
    }

    /// Writes the provider block with these arguments.
    fn provider(&self, keys: Keys, arguments: &str) {
        let keys = match keys {
            Keys::InEnvironment => "",
            Keys::InEphemeralVariables => {
                "access_key = \"LTAI-emulator-id\"\n  secret_key = var.secret_key\n  security_token = var.security_token"
            }
        };
        let url = self.workspace.emulator.url();
        let endpoints = format!("endpoints {{\n    smartag = {url:?}\n    kms = {url:?}\n  }}");
        let endpoints = if arguments.contains("endpoints") { "" } else { &endpoints };
        self.workspace.whole_provider(&format!("region = \"cn-shanghai\"\n  {keys}\n  {endpoints}\n  {arguments}"));
    }

    /// Runs the CLI with this configuration and searches all that it wrote.
    fn run(&self, arguments: &[&str], config: &str) -> Run {
        self.workspace.write("main.tf", &format!("{VARIABLES}{config}"));
        let run = self.workspace.broken_off(arguments, self.workspace.start(arguments));
        self.search(&run.to_string(), &run.text(), &[&self.hidden, &self.stored]);
        self.search_files(self.workspace.path(), &run);
        let log = self.workspace.path().join(LOG);
        let log = match self.logs {
            Logs::ToFile => fs::read_to_string(&log).inspect(|_| fs::remove_file(&log).expect("it was read")),
            Logs::ToStderr => Ok(run.text()),
        };
        let log = log.unwrap_or_else(|error| panic!("{error}: {run}"));
        // These two need no provider, or only its schema.
        if !["show", "state"].contains(&arguments[0]) {
            assert!(log.contains("served request"), "the provider was to trace, or nothing is proved: {run}");
        }
        run
    }

    fn search_files(&self, directory: &Path, run: &Run) {
        for entry in fs::read_dir(directory).expect("it is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.search_files(&path, run);
                continue;
            }
            let bytes = fs::read(&path).expect("nobody removes it");
            let place = format!("{} after {run}", path.display());
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name == PLAN {
                let text = unpacked(&bytes);
                assert!(text.contains("smartag_client_user"), "{place}: this is not how a plan is read");
                self.search(&place, &text, &[&self.hidden]);
            } else if name.starts_with("terraform.tfstate") {
                self.search(&place, &without_passwords(&bytes), &[&self.hidden, &self.stored]);
            } else {
                self.search(&place, &String::from_utf8_lossy(&bytes), &[&self.hidden, &self.stored]);
            }
        }
    }

    fn search(&self, place: &str, text: &str, secrets: &[&[Secret]]) {
        let found: Vec<_> = secrets.iter().copied().flatten().flat_map(|secret| secret.found_in(text)).collect();
        assert!(found.is_empty(), "{found:#?}\nin {place}");
    }

    fn password_is(&self, user_name: &str, password: &str) -> bool {
        self.workspace.emulator.password_is(INSTANCE, user_name, password)
    }
}

/// A state but for the attributes named `password`.
fn without_passwords(state: &[u8]) -> String {
    let mut state: serde_json::Value = serde_json::from_slice(state).expect("a state is JSON");
    for resource in state["resources"].as_array_mut().into_iter().flatten() {
        for instance in resource["instances"].as_array_mut().into_iter().flatten() {
            if let Some(attributes) = instance["attributes"].as_object_mut() {
                attributes.remove("password");
            }
        }
    }
    state.to_string()
}

const VARIABLES: &str = r#"
variable "password" {
  type      = string
  sensitive = true
}
variable "password_wo" {
  type      = string
  ephemeral = true
}
variable "secret_key" {
  type      = string
  ephemeral = true
  default   = null
}
variable "security_token" {
  type      = string
  sensitive = true
  ephemeral = true
  default   = null
}
"#;

/// Three accounts, with a password in each of the three ways.
fn three(bandwidth: u32, version: u32) -> String {
    let account = |name: &str, password: &str| {
        let mail = format!("user_mail = \"{name}@example.com\"");
        user(name, &format!("user_name = \"{name}.w\"\n  {mail}\n  bandwidth = {bandwidth}\n  {password}"))
    };
    [
        account("alice", "password = var.password"),
        account("bobby", &format!("password_wo = var.password_wo\n  password_wo_version = {version}")),
        account("carol", "kms_encrypted_password = \"cipher-text\""),
    ]
    .concat()
}

const APPLY: [&str; 2] = ["apply", "-auto-approve"];

/// Everything that goes well.
fn live(keys: Keys, logs: Logs) {
    let Some(mut watched) = Watched::open(keys, logs) else { return };
    watched.workspace.outside(Outside::AddCiphertext(Ciphertext::new("cipher-text", DECRYPTED)));

    watched.run(&["plan", &format!("-out={PLAN}")], &three(2000, 1)).succeeded().says("3 to add");
    watched.run(&["show", PLAN], &three(2000, 1)).succeeded().says("password = (sensitive value)");
    watched.run(&["apply", PLAN], &three(2000, 1)).succeeded().says("3 added");
    assert!(watched.password_is("alice.w", OLD));
    assert!(watched.password_is("bobby.w", WRITE_ONLY));
    assert!(watched.password_is("carol.w", DECRYPTED));
    let state = watched.workspace.read("terraform.tfstate");
    assert_eq!(watched.stored.iter().flat_map(|secret| secret.found_in(&state)).count(), 1, "where it is known to be");

    watched.workspace.set("TF_VAR_password", NEW);
    watched.workspace.set("TF_VAR_password_wo", NEW_WRITE_ONLY);
    watched.run(&["plan", &format!("-out={PLAN}")], &three(3000, 2)).succeeded().says("3 to change");
    watched.run(&["show", PLAN], &three(3000, 2)).succeeded().says("~ password = (sensitive value)");
    watched.run(&APPLY, &three(3000, 2)).succeeded().says("3 changed");
    assert!(watched.password_is("alice.w", NEW));
    assert!(watched.password_is("bobby.w", NEW_WRITE_ONLY));
    watched.run(&["show"], &three(3000, 2)).succeeded().says("password = (sensitive value)");

    watched.run(&["state", "rm", "smartag_client_user.alice"], &three(3000, 2));
    watched.run(&["import", "smartag_client_user.alice", "sag-emulator0001:alice.w"], &three(3000, 2)).succeeded();
    watched.run(&APPLY, &three(3000, 2)).succeeded().says("1 changed");
    watched.run(&["apply", "-refresh-only", "-auto-approve"], &three(3000, 2)).succeeded();
    watched.run(&["destroy", "-auto-approve"], &three(3000, 2)).succeeded().says("3 destroyed");
}

#[test]
fn a_life_that_goes_well_shows_no_secret_when_keys_are_in_the_environment_and_all_logs_go_to_a_file() {
    live(Keys::InEnvironment, Logs::ToFile);
}

#[test]
fn a_life_that_goes_well_shows_no_secret_when_keys_are_in_ephemeral_variables_and_the_log_goes_to_stderr() {
    live(Keys::InEphemeralVariables, Logs::ToStderr);
}

/// What a careless service says: the password in every form that it may have seen it in.
fn careless(code: &str, password: &str) -> (String, Option<String>) {
    let (once, twice) = (encoded(password), encoded(&encoded(password)));
    (code.to_owned(), Some(format!("not with {password}, {once}, {twice} and {TOKEN}, {}", encoded(TOKEN))))
}

#[test]
fn what_goes_wrong_shows_no_secret() {
    let keys = Keys::InEnvironment;
    let Some(mut watched) = Watched::open(keys, Logs::ToFile) else { return };
    // Nothing is tried for longer than that.
    let impatient = "max_retry_timeout = 1";
    watched.provider(keys, impatient);
    let config = alice("password = var.password");
    let modified = config.replace("2000", "3000");

    watched.workspace.set("TF_VAR_password", TOO_LONG);
    watched.run(&["plan"], &config).failed().says("8 to 32 characters");
    watched.workspace.set("TF_VAR_password", OLD);

    watched.workspace.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", WRONG_KEY);
    watched.run(&APPLY, &config).failed().says("SignatureDoesNotMatch");
    watched.workspace.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY);

    let emulator = |watched: &Watched, fault: Fault| {
        watched.workspace.emulator.clear_faults();
        watched.workspace.emulator.fault(fault);
    };
    let (code, message) = careless("ClientUser.PasswordInvalid", OLD);
    emulator(&watched, Fault::new(CREATE, What::Error { code, status: None, message }));
    watched
        .run(&APPLY, &config)
        .failed()
        .says("ClientUser.PasswordInvalid")
        .says("not with ***, ***, *** and ***, ***");
    emulator(&watched, Fault::new(CREATE, What::throttle(Duration::from_secs(60))));
    watched.run(&APPLY, &config).failed().says("Throttling.User");
    emulator(&watched, Fault::new(CREATE, What::Html).times(1_000));
    watched.run(&APPLY, &config).failed().says("It is not known whether client user alice.w was created");
    emulator(&watched, Fault::new(CREATE, What::CloseBefore));
    watched.workspace.emulator.fault(Fault::new(LIST, What::error("Forbidden.RAM")));
    watched.run(&APPLY, &config).failed().says("no complete answer").says("Looking it up did not succeed either");

    watched.workspace.emulator.clear_faults();
    watched.workspace.outside(Outside::AddUser(old_alice()));
    watched.run(&APPLY, &config).failed().says("exists already");
    watched.workspace.outside(Outside::RemoveUser { sag_id: INSTANCE.to_owned(), user_name: "alice.w".to_owned() });

    emulator(&watched, Fault::new(CREATE, What::Truncate));
    watched.run(&APPLY, &config).succeeded().says("1 added");

    watched.workspace.set("TF_VAR_password", NEW);
    let (code, message) = careless("InternalError", NEW);
    emulator(&watched, Fault::new(RESET, What::ErrorAfter { code, status: Some(500), message }).times(1_000));
    watched.run(&APPLY, &config).failed().says("Could not reset the password of client user alice.w").says("***");
    emulator(&watched, Fault::new(RESET, What::Garbage).times(1_000));
    watched.run(&APPLY, &config).failed().says("cannot be used");
    emulator(&watched, Fault::new(MODIFY, What::Truncate).times(1_000));
    watched.run(&APPLY, &modified).failed().says("no complete answer");
    emulator(&watched, Fault::new(LIST, What::Garbage).times(1_000));
    watched.run(&["plan"], &config).failed().says("cannot be used");
    emulator(&watched, Fault::new(DELETE, What::error("Forbidden.RAM")));
    watched.run(&["destroy", "-auto-approve"], &config).failed().says("Forbidden.RAM");
    watched.workspace.emulator.clear_faults();

    let elsewhere = |url: &str| format!("{impatient}\n  endpoints {{\n    smartag = {url:?}\n  }}");
    watched.provider(keys, &elsewhere("http://127.0.0.1:9"));
    watched.run(&["plan"], &config).failed().says("no connection to http://127.0.0.1:9");
    for name in ["http_proxy", "HTTP_PROXY"] {
        watched.workspace.set(name, &format!("http://somebody:{PROXY}@127.0.0.1:9"));
    }
    watched.provider(
        keys,
        &elsewhere("http://smartag.example.com").replace(impatient, "max_retry_timeout = 1\n  protocol = \"HTTP\""),
    );
    let run = watched.run(&["plan"], &config).failed();
    run.says("no connection to http://smartag.example.com").says("refused");
}
