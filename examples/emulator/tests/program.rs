//! The program: its one line on stdout, its log on stderr, its end.

#![expect(clippy::unwrap_used, reason = "in a test, what cannot go on should stop loudly")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A child that does not outlive a failed test.
struct Program(Child);

impl Program {
    #[expect(clippy::disallowed_methods, reason = "the program under test, with pipes of its own")]
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smartag-emulator"));
        Self(
            command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap(),
        )
    }

    fn end(&mut self) -> (ExitStatus, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.0.stdout.take().map(|mut pipe| pipe.read_to_string(&mut out).unwrap());
        self.0.stderr.take().map(|mut pipe| pipe.read_to_string(&mut err).unwrap());
        (self.0.wait().unwrap(), out, err)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(address: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(unix)]
#[test]
fn it_says_where_it_listens_logs_calls_to_stderr_and_ends_when_told() {
    let mut program = Program::start(&["--instance", "sag-first1", "--instance", "sag-second2@eu-central-1"]);
    let mut out = BufReader::new(program.0.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on http://").unwrap().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{line}");

    let state = get(&address, "/_emulator/state");
    assert!(state.contains("sag-first1") && state.contains(r#""region":"eu-central-1""#), "{state}");
    let answer = get(&address, "/?Action=KickOutClients&Version=2018-03-13&Username=alice.w&Password=hidden");
    assert!(answer.contains("MissingAccessKeyId"), "{answer}");

    terminate(&program.0);
    let (status, _, err) = program.end();
    assert!(status.success(), "{status}");
    assert_eq!(err, "#1 KickOutClients - alice.w  400 MissingAccessKeyId  (Password=***)\n");
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line and no more");
}

#[test]
fn a_wrong_flag_or_instance_is_named_and_nothing_listens() {
    for (arguments, word) in [(["--prot", "1"], "prot"), (["--instance", "SAG-1"], "SAG-1")] {
        let (status, out, err) = Program::start(&arguments).end();
        assert!(!status.success() && out.is_empty(), "{arguments:?}: {out}");
        assert!(err.contains(word), "{arguments:?}: {err}");
    }
}

#[test]
fn help_lists_the_flags() {
    let (status, out, _) = Program::start(&["--help"]).end();
    assert!(status.success());
    for flag in ["--port", "--access-key-id", "--access-key-secret", "--instance", "--quiet"] {
        assert!(out.contains(flag), "{out}");
    }
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "there is no safe signal in the standard library; kill is everywhere")]
fn terminate(child: &Child) {
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
}
