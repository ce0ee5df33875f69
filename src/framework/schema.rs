//! What an object looks like, as data: names, types, rules and texts of its attributes and blocks.

use std::fmt;
use std::sync::Arc;

use crate::value::{Type, Value};

/// The shape of a resource, data source or provider block.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Version of stored state; raised when stored state must be rewritten to be read.
    pub version: i64,
    /// Its attributes and blocks.
    pub block: Block,
}

/// Attributes and nested blocks under one description.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it is, in full sentences of Markdown.
    pub description: String,
    /// In the order of the source.
    pub fields: Vec<Field>,
}

/// An attribute, maybe of objects with attributes of their own, or a block.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name in configuration.
    pub name: &'static str,
    /// What it is, in full sentences of Markdown.
    pub description: String,
    /// Type of its value.
    pub ty: Type,
    /// What may and must be written.
    pub rule: Rule,
    /// What is inside, where it is a block or holds objects.
    pub nested: Option<Nested>,
}

/// What is inside a [`Field`].
#[derive(Clone, Debug)]
pub enum Nested {
    /// It is a block with this content, written once at the most.
    Block(Block),
    /// It is a block with this content, written any number of times, whose order counts.
    Blocks(Block),
    /// It is an attribute, and its value a list of such objects.
    List(Block),
}

impl Nested {
    /// The content, in a block as in a list.
    pub fn block(&self) -> &Block {
        match self {
            Self::Block(block) | Self::Blocks(block) | Self::List(block) => block,
        }
    }
}

impl Block {
    /// The object type that its values have.
    pub fn ty(&self) -> Type {
        Type::object(self.fields.iter().map(|field| (field.name, field.ty.clone())))
    }
}

/// What configuration may and must say about a [`Field`], and what a change of it means.
#[derive(Clone)]
pub struct Rule {
    presence: Presence,
    sensitive: bool,
    write_only: bool,
    replace: bool,
    volatile: bool,
    keeps_empty: bool,
    default: Option<Value>,
    checks: Vec<Check>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
    OptionalComputed,
    Computed,
    Block,
}

type Check = Arc<dyn Fn(&Value) -> Verdict + Send + Sync>;

/// What a check thinks of a known value. The texts complete the sentence "Wanted: …" and "Note: …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to say.
    Good,
    /// Not acceptable; says what is wanted.
    Refused(String),
    /// Acceptable, but maybe not meant; says why.
    Doubtful(String),
}

/// Must be written.
pub fn required() -> Rule {
    Rule::new(Presence::Required)
}

/// May be written; null otherwise.
pub fn optional() -> Rule {
    Rule::new(Presence::Optional)
}

/// May be written; otherwise the provider says what it is.
pub fn optional_computed() -> Rule {
    Rule::new(Presence::OptionalComputed)
}

/// Said by the provider only.
pub fn computed() -> Rule {
    Rule::new(Presence::Computed)
}

/// A block: one that may be written once, or with a list of a model any number of times.
pub fn block() -> Rule {
    Rule::new(Presence::Block)
}

impl Rule {
    fn new(presence: Presence) -> Self {
        Self {
            presence,
            sensitive: false,
            write_only: false,
            replace: false,
            volatile: false,
            keeps_empty: false,
            default: None,
            checks: Vec::new(),
        }
    }

    /// What is planned where nothing is written. Only for what is optional and computed: Terraform refuses to plan
    /// anything but null for the rest.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Any change of the object may change it, so it is not known while an update is planned. (Without this, what is
    /// computed keeps its prior value.)
    #[must_use]
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// Seen by the provider only while it applies; never in plan or state. For [`WriteOnly`](super::WriteOnly) fields.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// An empty text means something of its own here. (Elsewhere it is refused, and in a provider block it is none.)
    #[must_use]
    pub fn keeps_empty(mut self) -> Self {
        self.keeps_empty = true;
        self
    }

    /// A change of it makes a new object.
    #[must_use]
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }

    /// Never shown.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Adds a check that sees every known, non-null value written in configuration.
    #[must_use]
    pub fn check(mut self, check: impl Fn(&Value) -> Verdict + Send + Sync + 'static) -> Self {
        self.checks.push(Arc::new(check));
        self
    }

    /// Whether it must be written.
    pub fn is_required(&self) -> bool {
        self.presence == Presence::Required
    }

    /// Whether it may be left out.
    pub fn is_optional(&self) -> bool {
        matches!(self.presence, Presence::Optional | Presence::OptionalComputed)
    }

    /// Whether the provider may say what it is.
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// Whether it is a block.
    pub fn is_block(&self) -> bool {
        self.presence == Presence::Block
    }

    /// Whether it is never shown.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// Whether it never enters plan or state.
    pub fn is_write_only(&self) -> bool {
        self.write_only
    }

    /// Whether any change of the object may change it.
    pub fn is_volatile(&self) -> bool {
        self.volatile
    }

    /// Whether an empty text means something of its own.
    pub fn is_empty_kept(&self) -> bool {
        self.keeps_empty
    }

    /// What is planned where nothing is written.
    pub fn default_value(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    /// Whether a change of it makes a new object.
    pub fn replaces(&self) -> bool {
        self.replace
    }

    /// The verdicts of all checks on a known value.
    pub fn verdicts<'a>(&'a self, value: &'a Value) -> impl Iterator<Item = Verdict> + 'a {
        self.checks.iter().map(move |check| check(value)).filter(|verdict| *verdict != Verdict::Good)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("presence", &self.presence)
            .field("sensitive", &self.sensitive)
            .field("write_only", &self.write_only)
            .field("replace", &self.replace)
            .field("volatile", &self.volatile)
            .field("keeps_empty", &self.keeps_empty)
            .field("default", &self.default)
            .field("checks", &self.checks.len())
            .finish()
    }
}
