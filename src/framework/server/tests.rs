//! What an operation leaves behind, however it ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::*;
use crate::framework::schema::{computed, required};
use crate::framework::{Attr, Content, Context, Plan, Resource};
use crate::framework::{Severity, Upgrade};
use crate::model;

model! {
    /// A thing whose `how` says how working on it ends.
    struct Thing {
        /// How it ends.
        how: Attr<String> = required(),
        /// What is there.
        content: Attr<String> = computed(),
    }
}

model! {
    /// No arguments worth mentioning.
    struct Settings {
        /// A colour.
        colour: Attr<String> = required(),
    }
}

#[derive(Default)]
struct Forge {
    waiting: Arc<Notify>,
}

struct ThingResource(Arc<Notify>);

impl ThingResource {
    async fn work(&self, context: &Context<Thing>, thing: Thing) -> Result<Thing, Diagnostics> {
        let made = |content: &str| Thing { content: Attr::Known(content.to_owned()), ..thing.clone() };
        context.checkpoint(made("half"));
        context.keep_private("seen", true);
        context.warn(Diagnostic::warning("On the way", "Something to know."));
        match thing.how.get()?.as_str() {
            "well" => Ok(made("whole")),
            "with an error" => Err(Diagnostic::error("Broken", "It broke.").into()),
            "in a panic" => panic!("the forge is cold"),
            "when it is stopped" => {
                self.0.notify_one();
                context.stop().cancelled().await;
                Err(Diagnostic::error("Stopped", "It was stopped.").into())
            }
            other => unreachable!("{other}"),
        }
    }
}

impl Resource for ThingResource {
    const NAME: &'static str = "forge_thing";
    const VERSION: i64 = 2;
    const UPGRADES: &'static [Upgrade] = &[
        |state| {
            state.remove("manner").map(|manner| state.insert("how".to_owned(), manner));
        },
        |state| {
            state.insert("content".to_owned(), "of old".into());
        },
    ];
    type Model = Thing;
    type Client = ();

    fn validate(_: &Thing) -> Diagnostics {
        Diagnostics::new()
    }

    fn plan(&self, _: Option<&()>, _: &mut Plan<Thing>) {}

    async fn create(&self, (): &(), context: &Context<Thing>, planned: Thing, _: Thing) -> Result<Thing, Diagnostics> {
        self.work(context, planned).await
    }

    async fn read(&self, (): &(), context: &Context<Thing>, state: Thing) -> Result<Option<Thing>, Diagnostics> {
        self.work(context, state).await.map(Some)
    }

    async fn update(
        &self,
        (): &(),
        context: &Context<Thing>,
        _: Thing,
        planned: Thing,
        _: Thing,
    ) -> Result<Thing, Diagnostics> {
        self.work(context, planned).await
    }

    async fn delete(&self, (): &(), context: &Context<Thing>, state: Thing) -> Result<(), Diagnostics> {
        self.work(context, state).await.map(drop)
    }

    fn import(&self, _: &str) -> Result<Thing, Diagnostics> {
        Ok(Thing::default())
    }
}

impl Provider for Forge {
    type Config = Settings;
    type Client = ();

    fn validate(_: &Settings) -> Diagnostics {
        Diagnostics::new()
    }

    fn configure(&self, _: Settings, _: &Host) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn resources(&self) -> Vec<Box<dyn AnyResource<()>>> {
        vec![Box::new(ThingResource(Arc::clone(&self.waiting)))]
    }
}

fn server() -> Server<Forge> {
    let server = Server::new(Forge::default());
    let host = Host { version: "1.11.4".to_owned() };
    assert!(server.configure(Settings::default().into_value(), &host).is_empty());
    server
}

fn thing(how: &str, content: Attr<String>) -> Value {
    Thing { how: Attr::Known(how.to_owned()), content }.into_value()
}

fn half(how: &str) -> Value {
    thing(how, Attr::Known("half".to_owned()))
}

fn apply_request(prior: Value, planned: Value) -> ApplyRequest {
    ApplyRequest { prior, config: planned.clone(), planned }
}

async fn create(server: &Server<Forge>, how: &str) -> Answer {
    let request = apply_request(Value::Null, thing(how, Attr::Unknown));
    server.apply("forge_thing", request, Private::default()).await
}

fn errors(answer: &Answer) -> Vec<&str> {
    answer.diagnostics.iter().filter(|told| told.severity == Severity::Error).map(|told| &*told.summary).collect()
}

#[tokio::test]
async fn whatever_ends_a_create_what_exists_is_kept_and_what_was_told_is_shown() {
    let server = server();
    for (how, error) in [("with an error", "Broken"), ("in a panic", "Defect in the provider")] {
        let answer = create(&server, how).await;
        assert_eq!((answer.state.clone(), errors(&answer)), (half(how), vec![error]), "{how}");
        assert_eq!(answer.private.get("seen"), Some(true), "{how}");
        assert_eq!(answer.diagnostics.iter().count(), 2, "the warning is shown too: {how}");
    }
    let answer = create(&server, "well").await;
    assert_eq!((answer.state.clone(), errors(&answer)), (thing("well", Attr::Known("whole".into())), vec![]));
}

#[tokio::test]
async fn a_delete_or_read_that_fails_keeps_the_object() {
    let server = server();
    for how in ["with an error", "in a panic"] {
        let state = half(how);
        let request = apply_request(state.clone(), Value::Null);
        let deleted = server.apply("forge_thing", request, Private::default()).await;
        assert_eq!((deleted.state, deleted.diagnostics.has_errors()), (state.clone(), true), "{how}");
        let read = server.read("forge_thing", state.clone(), Private::default()).await;
        assert_eq!((read.state, read.diagnostics.has_errors()), (state, true), "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_what_runs_and_not_what_comes_later() {
    let server = Arc::new(server());
    let stop = async {
        server.provider.waiting.notified().await;
        server.stop();
    };
    let (stopped, ()) = tokio::join!(create(&server, "when it is stopped"), stop);
    assert_eq!((stopped.state.clone(), errors(&stopped)), (half("when it is stopped"), vec!["Stopped"]));

    let again = tokio::time::timeout(Duration::from_secs(60), create(&server, "when it is stopped")).await;
    assert!(again.is_err(), "the new call waits for a stop of its own");
}

#[tokio::test]
async fn a_result_against_terraforms_rules_is_a_defect_that_tests_see() {
    let server = server();
    let request = apply_request(Value::Null, thing("well", Attr::Known("something else".into())));
    let answer = server.apply("forge_thing", request, Private::default()).await;
    assert_eq!(errors(&answer), ["Defect in the provider"]);
}

#[tokio::test]
async fn an_unknown_resource_changes_nothing() {
    let request = apply_request(half("well"), Value::Null);
    let answer = server().apply("forge_other", request, Private::default()).await;
    assert_eq!((answer.state.clone(), errors(&answer)), (half("well"), vec!["Unknown resource type"]));
}

#[test]
fn stored_state_takes_every_step_from_its_version_to_todays() {
    let server = server();
    for (version, stored, upgraded) in [
        (0, r#"{"manner":"well"}"#, r#"{"content":"of old","how":"well"}"#),
        (1, r#"{"how":"well"}"#, r#"{"content":"of old","how":"well"}"#),
        (2, r#"{"how":"well"}"#, r#"{"how":"well"}"#),
        (7, r#"{"how":"well"}"#, r#"{"how":"well"}"#),
        (-1, r#"{"how":"well"}"#, r#"{"how":"well"}"#),
        (0, "no JSON", "no JSON"),
    ] {
        let state = server.upgrade("forge_thing", version, stored.as_bytes()).unwrap();
        assert_eq!(String::from_utf8_lossy(&state), upgraded, "{version}");
    }
}
