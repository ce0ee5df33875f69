//! Log lines as go-plugin's hosts read them: JSON on stderr, one object a line.

mod fields;
mod level;
mod line;

use std::io::{Write, stderr};

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use self::fields::Fields;
use self::line::Line;
use super::Identity;
use crate::world::World;

pub(super) use self::level::variable_suffix;

/// Sends the events of this crate to stderr from now on, as far as the environment asks for them.
pub(super) fn start(identity: &Identity, world: &World) {
    let level = level::asked_for(identity.name, world);
    if level == LevelFilter::OFF {
        // Without a subscriber no event is even formatted.
        return;
    }
    let layer = HclogLayer { identity: *identity, level, world: world.clone(), write: to_stderr };
    set_global_default(tracing_subscriber::registry().with(layer)).expect("a process starts its log once");
}

/// In one write, so that lines of several threads do not mix.
fn to_stderr(line: &str) {
    // Where stderr is gone nobody misses it.
    let _ = stderr().write_all(line.as_bytes());
}

/// Hands events as lines of hclog to `write`.
struct HclogLayer<W> {
    identity: Identity,
    level: LevelFilter,
    world: World,
    write: W,
}

impl<W> HclogLayer<W> {
    /// Only what this crate says itself: the HTTP and TLS libraries trace whole messages, secrets included.
    fn admits(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && is_ours(metadata.target())
    }
}

impl<S, W> Layer<S> for HclogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&str) + 'static,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.admits(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        self.admits(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.extend(of_span);
            }
        }
        event.record(&mut fields);
        let line = Line {
            identity: &self.identity,
            now: self.world.now(),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            fields,
        };
        (self.write)(&line.render());
    }
}

/// Whether an event comes from this crate.
fn is_ours(target: &str) -> bool {
    crate_of(target) == crate_of(module_path!())
}

fn crate_of(target: &str) -> &str {
    target.split_once("::").map_or(target, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use time::OffsetDateTime;
    use tracing::subscriber::with_default;

    use super::*;

    const IDENTITY: Identity =
        Identity { name: "tree", address: "registry.example/forest/tree", aliases: &[], version: "1.2.3", protocol: 6 };

    /// What is logged at `level` while `work` runs.
    fn logged(level: LevelFilter, work: impl FnOnce()) -> Vec<Value> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let write = move |line: &str| sink.lock().unwrap().push(serde_json::from_str(line).expect(line));
        let world = World::fixed(OffsetDateTime::UNIX_EPOCH, &[]);
        let layer = HclogLayer { identity: IDENTITY, level, world, write };
        with_default(tracing_subscriber::registry().with(layer), work);
        let lines = lines.lock().unwrap();
        lines.clone()
    }

    #[test]
    fn an_event_carries_the_fields_of_its_spans_and_the_inner_one_wins() {
        let lines = logged(LevelFilter::TRACE, || {
            let outer = tracing::info_span!("rpc", tf_rpc = "ReadResource", depth = 1, late = tracing::field::Empty);
            outer.record("late", "known now");
            let _outer = outer.entered();
            let _inner = tracing::info_span!("call", depth = 2).entered();
            tracing::info!(tf_req_duration_ms = 7_u64, done = true, user = ?"ann", "read {}", "it");
        });
        let [line] = &lines[..] else { panic!("one line is expected: {lines:?}") };
        assert_eq!(line["@message"], "read it");
        assert_eq!(line["@module"], "tree.plugin");
        assert_eq!(line["tf_rpc"], "ReadResource");
        assert_eq!(line["late"], "known now");
        assert_eq!(line["depth"], 2);
        assert_eq!(line["tf_req_duration_ms"], 7);
        assert_eq!(line["done"], true);
        assert_eq!(line["user"], "\"ann\"");
    }

    #[test]
    fn a_field_cannot_take_the_place_of_one_of_hclogs_own() {
        let lines = logged(LevelFilter::TRACE, || tracing::info!({ "@level" = 42 }, "hello"));
        assert_eq!(lines[0]["@level"], "info");
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("nobody came in")]
        struct Outer(#[source] std::io::Error);

        let error = Outer(std::io::Error::other("the door is shut"));
        let lines = logged(LevelFilter::TRACE, || {
            tracing::warn!(error = &error as &(dyn std::error::Error + 'static), "no");
        });
        assert_eq!(lines[0]["error"], "nobody came in: the door is shut");
    }

    #[test]
    fn what_is_below_the_level_or_comes_from_another_crate_is_left_out() {
        let lines = logged(LevelFilter::INFO, || {
            tracing::debug!("too small");
            tracing::error!(target: "h2::frame", "DATA with a password in it");
            tracing::info!("just right");
        });
        assert_eq!(lines.iter().map(|line| &line["@message"]).collect::<Vec<_>>(), ["just right"]);
    }

    #[test]
    fn only_this_crates_own_targets_are_admitted() {
        assert!(is_ours("terraform_provider_smartag"));
        assert!(is_ours("terraform_provider_smartag::alibaba::retry"));
        for foreign in ["h2::frame", "rustls", "terraform_provider_smartag_emulator::x", ""] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }
}
