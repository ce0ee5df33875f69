//! What an author of a provider writes.

use super::data_source::AnyDataSource;
use super::diagnostic::Diagnostics;
use super::function::Function;
use super::model::Model;
use super::resource::AnyResource;
use super::schema::{Block, Nested};
use super::validate::is_empty_text;
use crate::value::Value;

/// A provider: its block in configuration and what it offers.
pub trait Provider: Send + Sync + 'static {
    /// The arguments of the provider block.
    type Config: Model;
    /// What a configured provider gives to its resources.
    type Client: Send + Sync + 'static;

    /// Checks that need several arguments at once; each alone was checked by its rule. Values may be unknown.
    fn validate(config: &Self::Config) -> Diagnostics;

    /// Takes the block over. Makes no call: what is wrong with credentials shows when a call needs them. Values may be
    /// unknown while planning.
    ///
    /// # Errors
    /// When an argument makes no sense.
    fn configure(&self, config: Self::Config, host: &Host) -> Result<Self::Client, Diagnostics>;

    /// What there is to know about the surroundings once it is configured.
    fn warnings(&self) -> Diagnostics {
        Diagnostics::new()
    }

    /// The resources; adding one is one line in this list.
    fn resources(&self) -> Vec<Box<dyn AnyResource<Self::Client>>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Box<dyn AnyDataSource<Self::Client>>> {
        Vec::new()
    }

    /// The functions.
    fn functions(&self) -> Vec<Box<dyn Function>> {
        Vec::new()
    }
}

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Host {
    /// Version of Terraform or OpenTofu, such as `1.11.4`.
    pub version: String,
}

/// A provider block whose empty texts are null. Modules fill such blocks from variables, and write "" for what their user did
/// not give; providers for the same service have always taken that for nothing. No state remembers a provider block, so
/// nothing can differ from what was written.
pub fn without_empty_texts(block: &Block, mut config: Value) -> Value {
    for field in &block.fields {
        let Some(value) = config.attribute(field.name) else { continue };
        let cleared = match (&field.nested, value) {
            (None, value) if is_empty_text(field, value) => Value::Null,
            // A block of nothing but such texts says nothing either.
            (Some(Nested::Block(nested)), value) => match without_empty_texts(nested, value.clone()) {
                cleared if cleared != *value && says_nothing(nested, &cleared) => Value::Null,
                cleared => cleared,
            },
            (Some(Nested::Blocks(nested)), Value::List(elements)) => {
                Value::List(elements.iter().map(|element| without_empty_texts(nested, element.clone())).collect())
            }
            _ => continue,
        };
        config.set_attribute(field.name, cleared);
    }
    config
}

fn says_nothing(block: &Block, value: &Value) -> bool {
    block.fields.iter().all(|field| value.attribute(field.name).is_none_or(Value::is_null))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::model::{Attr, field};
    use crate::framework::schema::{Field, optional};
    use crate::framework::validate::check_block;
    use crate::secret::Secret;
    use crate::value::Type;

    #[test]
    fn empty_texts_of_a_provider_block_are_null_unless_they_mean_something() {
        let inner = Block {
            description: String::new(),
            fields: vec![
                field::<Attr<String>>("name", &[""], optional()),
                field::<Attr<String>>("arn", &[""], optional().keeps_empty()),
            ],
        };
        let nested = |name, ty, nested| Field {
            name,
            description: String::new(),
            ty,
            rule: crate::framework::schema::block(),
            nested: Some(nested),
        };
        let outer = Block {
            description: String::new(),
            fields: vec![
                field::<Attr<Secret>>("key", &[""], optional().sensitive()),
                nested("one", inner.ty(), Nested::Block(inner.clone())),
                nested("many", Type::list_of(inner.ty()), Nested::Blocks(inner)),
            ],
        };
        let object = |name: Value, arn: Value| Value::object([("name", name), ("arn", arn)]);
        let config = |text: &dyn Fn(&str) -> Value| {
            let written = || object(text(""), "".into());
            let list = Value::List(vec![object("x".into(), Value::unknown()), written()]);
            Value::object([("key", text("")), ("one", written()), ("many", list)])
        };
        let cleared = without_empty_texts(&outer, config(&|text| text.into()));
        assert_eq!(cleared, config(&|_| Value::Null));
        assert!(check_block(&outer, &cleared).is_empty());
        for left in [Value::Null, Value::unknown()] {
            let blocks = Value::object([("key", left.clone()), ("one", left.clone()), ("many", left)]);
            assert_eq!(without_empty_texts(&outer, blocks.clone()), blocks);
        }
    }
}
