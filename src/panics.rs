//! What becomes of a panic: a handler's is turned into an answer, any other is shown to the user.
//!
//! Terraform prints the last words of a plugin that crashed when it finds a line that starts with `panic: ` on its
//! stderr. A panic in a handler is no crash: whoever called [`guarded`] answers with a diagnostic, so the hook only
//! logs it.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::{Write, stderr};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

/// What a panic leaves behind; [`message`] reads it.
pub type Payload = Box<dyn Any + Send>;

thread_local! {
    /// Whether this thread is inside [`catch`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Installs the hook that tells guarded panics from others. Once, at the start of the process.
pub fn install_hook() {
    set_hook(Box::new(|info| {
        if GUARDED.get() {
            let location = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(location, "panic in a handler: {}", message(info.payload()));
        } else {
            report(info);
        }
    }));
}

/// Runs `work`; its panic, if there is one, is logged and returned.
///
/// `work` may have left what it changed half done: only use it where that is thrown away after a panic.
///
/// # Errors
/// The payload of the panic.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Payload> {
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result
}

/// Drives `future`; a panic while it is polled is logged and returned, and the future is not polled again.
///
/// # Errors
/// The payload of the panic.
pub async fn guarded<F: Future>(future: F) -> Result<F::Output, Payload> {
    let mut future = Box::pin(future);
    poll_fn(|context| match catch(|| future.as_mut().poll(context)) {
        Ok(poll) => poll.map(Ok),
        Err(payload) => Err(payload).into(),
    })
    .await
}

/// The text that `panic!` was given.
pub fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a value that is no text"
    }
}

/// Prints the panic as Go programs do. One write, because Terraform may cut off what follows it; no backtrace, because
/// resolving its symbols takes longer than Terraform waits.
fn report(info: &PanicHookInfo<'_>) {
    let text = format!("panic: {info}\n");
    // Where stderr is gone there is nobody left to tell.
    let _ = stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_after_an_await_comes_back_as_its_text() {
        let payload = guarded(async {
            tokio::task::yield_now().await;
            panic!("user {} is missing", "ann");
        })
        .await
        .expect_err("the future panics");
        assert_eq!(message(&*payload), "user ann is missing");
    }

    #[tokio::test]
    async fn a_future_that_does_not_panic_gives_its_value() {
        assert_eq!(guarded(async { 7 }).await.expect("no panic"), 7);
    }

    #[test]
    fn the_guard_is_up_only_while_guarded_work_runs() {
        assert!(!GUARDED.get());
        let payload = catch(|| {
            let _ = catch(|| assert!(GUARDED.get()));
            assert!(GUARDED.get(), "an inner guard must not take the outer one away");
            panic!("end");
        });
        assert_eq!(message(&*payload.expect_err("it panics")), "end");
        assert!(!GUARDED.get());
    }

    #[test]
    fn a_payload_without_text_is_still_described() {
        assert_eq!(message(&7_u8), "a value that is no text");
    }

    /// Not a test: the process that the next one starts, as a hook and stderr belong to a whole process.
    #[test]
    #[ignore = "it panics; the next test runs it"]
    fn a_process_with_two_panics() {
        install_hook();
        let _ = catch(|| panic!("this one is guarded"));
        let _ = std::thread::spawn(|| panic!("this one\nis not")).join();
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "all of the child's output is taken")]
    fn only_an_unguarded_panic_is_printed_and_begins_as_terraform_expects() {
        let this = std::env::current_exe().expect("a test is a program");
        let child = "panics::tests::a_process_with_two_panics";
        let output = std::process::Command::new(this).args(["--exact", child, "--ignored"]).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.starts_with("panic: panicked at src/panics.rs:"), "{stderr}");
        assert!(stderr.ends_with("this one\nis not\n"), "{stderr}");
        assert!(!stderr.contains("guarded"), "{stderr}");
    }
}
