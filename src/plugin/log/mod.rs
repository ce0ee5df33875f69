//! Log lines as go-plugin's hosts read them: JSON on stderr, one object a line.

mod fields;
mod level;
mod line;

use std::fmt;
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
    let layer = HclogLayer { identity: *identity, level, world: world.clone() };
    set_global_default(tracing_subscriber::registry().with(layer)).expect("a process starts its log once");
}

/// Writes events as lines of hclog.
struct HclogLayer {
    identity: Identity,
    level: LevelFilter,
    world: World,
}

impl HclogLayer {
    /// Only what this crate says itself: the HTTP and TLS libraries trace whole messages, secrets included.
    fn admits(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && is_ours(metadata.target())
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for HclogLayer {
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
        // In one write, so that lines of several threads do not mix. Where stderr is gone nobody misses it.
        let _ = stderr().write_all(line.render().as_bytes());
    }
}

impl fmt::Debug for HclogLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HclogLayer").field("level", &self.level).finish_non_exhaustive()
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
    use super::*;

    #[test]
    fn only_this_crates_own_targets_are_admitted() {
        assert!(is_ours("terraform_provider_smartag"));
        assert!(is_ours("terraform_provider_smartag::alibaba::retry"));
        for foreign in ["h2::frame", "rustls", "terraform_provider_smartag_emulator::x", ""] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }
}
