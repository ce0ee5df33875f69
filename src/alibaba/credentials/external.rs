//! A program that prints keys, named in a profile of the CLI. The only place that starts a process.

use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::Credentials;
use super::session::{self, Names};

/// How long the program may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How long the rest of the output is awaited once the program has ended.
const REST: Duration = Duration::from_millis(200);
/// Longest output that is read, in bytes.
const LARGEST_OUTPUT: usize = 64 * 1024;

/// As the CLI has it in its profiles.
const NAMES: Names =
    Names { id: "access_key_id", secret: "access_key_secret", token: "sts_token", expiration: "expiration" };

/// The program and its arguments. They are never shown: a password may be among them.
#[derive(Clone, PartialEq, Eq)]
pub struct External(Vec<String>);

impl std::fmt::Debug for External {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("External")
    }
}

impl External {
    /// Reads a command line: words between blanks, with quotes around those that have some. No shell is used.
    ///
    /// # Errors
    /// When there is no word, or a quote is not closed.
    pub fn parse(line: &str) -> Result<Self, String> {
        match words(line) {
            Some(words) if !words.is_empty() => Ok(Self(words)),
            Some(_) => Err("process_command is empty".to_owned()),
            None => Err("process_command has a quote that is not closed".to_owned()),
        }
    }

    /// Runs the program. Its input is empty and its messages are thrown away: they cannot reach Terraform.
    pub(super) async fn run(&self) -> Result<Credentials, String> {
        let late = |_| {
            let limit = LIMIT.as_secs();
            format!("its process_command did not end within {limit} s and was stopped; it must not ask for anything")
        };
        let output = timeout(LIMIT, self.output()).await.map_err(late)??;
        keys(&output).map_err(|why| format!("the output of its process_command cannot be used: {why}"))
    }

    /// What a shell would have understood.
    fn hint(&self) -> &'static str {
        let program = &self.0[0];
        if program.contains('=') {
            "; no shell is used, so no variable can be set in front of it"
        } else if program.starts_with('~') || program.contains('$') {
            "; no shell is used, so ~ and $ mean nothing: write the whole path"
        } else {
            ""
        }
    }

    #[expect(clippy::disallowed_methods, reason = "its three streams are its own, and it is killed with its future")]
    async fn output(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut command = Command::from(std::process::Command::new(&self.0[0]));
        command.args(&self.0[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        // A group of its own, which is killed as a whole.
        #[cfg(unix)]
        command.process_group(0);
        let not_run =
            |error: std::io::Error| format!("its process_command cannot be run ({}){}", error.kind(), self.hint());
        let mut child = command.spawn().map_err(not_run)?;
        let mut family = Family(child.id());
        let mut output = Zeroizing::new(Vec::with_capacity(LARGEST_OUTPUT + 1));
        let mut pipe = child.stdout.take().map(|stdout| stdout.take(LARGEST_OUTPUT as u64 + 1));
        let ended = {
            let mut reading = pin!(async {
                match &mut pipe {
                    Some(pipe) => pipe.read_to_end(&mut output).await.map(drop),
                    None => Ok(()),
                }
            });
            tokio::select! {
                read = &mut reading => read.map(|()| None),
                ended = child.wait() => {
                    // From now on its id may become somebody else's.
                    family.0 = None;
                    // What it left behind may hold its output open for ever; what it wrote itself is there.
                    let _ = timeout(REST, reading).await;
                    ended.map(Some)
                }
            }
        };
        let ended = ended.map_err(not_run)?;
        if output.len() > LARGEST_OUTPUT {
            return Err(format!("its process_command prints more than {LARGEST_OUTPUT} bytes"));
        }
        let status = match ended {
            Some(status) => status,
            None => child.wait().await.map_err(not_run)?,
        };
        family.0 = None;
        if !status.success() {
            let code = status.code().map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
            return Err(format!("its process_command ended with {code}; run it by hand to see why"));
        }
        Ok(output)
    }
}

/// A program and all that it started, by the id of its process: killed when this is dropped, unless it ended before.
struct Family(Option<u32>);

impl Drop for Family {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            // It may have ended in this moment.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

fn keys(output: &[u8]) -> Result<Credentials, String> {
    // The text of serde's error may quote values.
    let Ok(mut json @ Value::Object(_)) = serde_json::from_slice::<Value>(output) else {
        return Err(format!("it is no JSON object, and nothing else ({} bytes)", output.len()));
    };
    let needs_token = match json.get("mode").and_then(Value::as_str) {
        Some("AK") => false,
        Some("StsToken") => true,
        _ => return Err("its mode is neither AK nor StsToken".to_owned()),
    };
    let keys = session::take(&mut json, &NAMES)?;
    if needs_token && keys.security_token.is_none() {
        return Err(format!("{} is missing", NAMES.token));
    }
    Ok(keys)
}

/// The words of a command line; `None` when a quote is not closed.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in line.chars() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => word.get_or_insert_default().push(character),
            None if character == '"' || character == '\'' => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            None if character.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_words_and_quotes() {
        let split = |line| words(line);
        assert_eq!(split("a  'b c' d\"e f\"").unwrap(), ["a", "b c", "de f"]);
        assert_eq!(split("a ''").unwrap(), ["a", ""]);
        assert_eq!(split("a 'b"), None);
    }
}
