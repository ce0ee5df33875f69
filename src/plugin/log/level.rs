//! How much to log, as the environment says it.

use tracing::level_filters::LevelFilter;

use crate::world::World;

/// The level from TF_LOG_PROVIDER_NAME, else TF_LOG_PROVIDER, else TF_LOG; off when none is set.
pub(super) fn asked_for(name: &str, world: &World) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{}", variable_suffix(name));
    [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|variable| world.variable(variable))
        .map_or(LevelFilter::OFF, |word| parse(&word))
}

/// The name of a provider as it ends a variable.
pub(in crate::plugin) fn variable_suffix(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// JSON is Terraform's word for a trace in JSON, and any word that it does not know means a trace too.
fn parse(word: &str) -> LevelFilter {
    match word.to_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn the_most_special_variable_decides() {
        let own = ("TF_LOG_PROVIDER_MY_TREE", "warn");
        let providers = ("TF_LOG_PROVIDER", "Info");
        let all = ("TF_LOG", "ERROR");
        for (environment, level) in [
            (vec![], LevelFilter::OFF),
            (vec![all], LevelFilter::ERROR),
            (vec![all, providers], LevelFilter::INFO),
            (vec![all, providers, own], LevelFilter::WARN),
            (vec![all, ("TF_LOG_PROVIDER", "off")], LevelFilter::OFF),
            (vec![all, ("TF_LOG_PROVIDER", "")], LevelFilter::ERROR),
            (vec![("TF_LOG", "json")], LevelFilter::TRACE),
            (vec![("TF_LOG", "1")], LevelFilter::TRACE),
        ] {
            let world = World::fixed(OffsetDateTime::UNIX_EPOCH, &environment);
            assert_eq!(asked_for("my-tree", &world), level, "{environment:?}");
        }
    }
}
