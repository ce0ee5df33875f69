//! A resource's table of attributes, from which its struct, its schema and both conversions come.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::schema::{Block, Field, Nested, Rule};
use crate::secret::Secret;
use crate::value::{Error, Path, Step, Type, Value};

/// The value of an attribute: absent, to be known after apply, or known. No method reads unknown as empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Attr<T> {
    /// Not written, or not there.
    #[default]
    Null,
    /// To be known after apply. A collection with an unknown element counts as unknown.
    Unknown,
    /// Known.
    Known(T),
}

impl<T> Attr<T> {
    /// The value of an attribute that must have one.
    ///
    /// # Errors
    /// When it is null or unknown, which Terraform or this provider should have prevented.
    pub fn get(&self) -> Result<&T, Diagnostics> {
        self.opt()?.ok_or_else(|| unexpected("A value that must be there is null."))
    }

    /// The value of an attribute that may be null.
    ///
    /// # Errors
    /// When it is unknown, which Terraform or this provider should have prevented.
    pub fn opt(&self) -> Result<Option<&T>, Diagnostics> {
        match self {
            Self::Null => Ok(None),
            Self::Unknown => Err(unexpected("A value that must be known is still unknown.")),
            Self::Known(value) => Ok(Some(value)),
        }
    }

    /// The value if it is known; for plan-time code, which may not insist.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Whether it is null; an unknown is not.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// The value of a write-only attribute, which a provider sees in configuration alone: it is written as null, whatever it
/// holds, so it cannot reach a plan or a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOnly<T>(pub Attr<T>);

impl<T> Default for WriteOnly<T> {
    fn default() -> Self {
        Self(Attr::Null)
    }
}

/// The kinds of value that a model's field can have.
pub trait Kind: Sized {
    /// What it holds.
    type Content: Content;

    /// Reads it.
    ///
    /// # Errors
    /// When it is of another type.
    fn of(value: Value) -> Result<Self, Error>;

    /// The value again.
    fn value(self) -> Value;

    /// What every rule of such a field says.
    fn rule(rule: Rule) -> Rule {
        rule
    }
}

impl<T: Content> Kind for Attr<T> {
    type Content = T;

    fn of(value: Value) -> Result<Self, Error> {
        match value {
            Value::Null => Ok(Self::Null),
            Value::Unknown(_) => Ok(Self::Unknown),
            known => T::from_value(known),
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::unknown(),
            Self::Known(content) => content.into_value(),
        }
    }
}

impl<T: Content> Kind for WriteOnly<T> {
    type Content = T;

    fn of(value: Value) -> Result<Self, Error> {
        Attr::of(value).map(Self)
    }

    fn value(self) -> Value {
        Value::Null
    }

    fn rule(rule: Rule) -> Rule {
        rule.write_only()
    }
}

impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

fn unexpected(what: &str) -> Diagnostics {
    let advice = "This is a defect of the provider or of Terraform. Please report it with the configuration.";
    Diagnostic::error("Unexpected value", format!("{what} {advice}")).into()
}

/// Rust types that an attribute can have.
pub trait Content: Sized {
    /// The type in Terraform's words.
    fn ty() -> Type;

    /// Reads a value that is neither null nor unknown as a whole.
    ///
    /// # Errors
    /// When it is of another type, or outside of what the Rust type can hold.
    fn from_value(value: Value) -> Result<Attr<Self>, Error>;

    /// The value again.
    fn into_value(self) -> Value;

    /// What is inside, where the type is a model or a list of one.
    fn nested() -> Option<Nested> {
        None
    }
}

/// A struct made by [`model!`](crate::model).
pub trait Model: Content {
    /// Description, attributes and blocks.
    fn block() -> Block;

    /// Reads an object whose attributes may be null or unknown each.
    ///
    /// # Errors
    /// When an attribute is of another type.
    fn read(object: Value) -> Result<Self, Error>;
}

/// One attribute of a model: its name, and that it holds a `T`.
pub struct At<T> {
    name: &'static str,
    content: PhantomData<fn() -> T>,
}

impl<T> At<T> {
    /// For the code that [`model!`](crate::model) makes.
    pub const fn new(name: &'static str) -> Self {
        Self { name, content: PhantomData }
    }

    /// Name of the attribute.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl<T> Clone for At<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for At<T> {}

impl<T> From<At<T>> for Path {
    fn from(at: At<T>) -> Self {
        Self::attribute(at.name)
    }
}

/// Declares a model: one table that yields the struct, its schema, both conversions, and a handle for each attribute.
///
/// The doc comments are the texts of the Registry page, so they are written for the user.
#[macro_export]
macro_rules! model {
    (
        $(#[doc = $summary:literal])+
        $visibility:vis struct $name:ident {
            $( $(#[doc = $text:literal])+ $field:ident : $kind:ident<$content:ty> = $rule:expr ),+ $(,)?
        }
    ) => {
        $(#[doc = $summary])+
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        $visibility struct $name {
            $( $(#[doc = $text])+ pub $field: $crate::framework::$kind<$content> ),+
        }

        #[allow(dead_code, reason = "every attribute has a handle, whether the resource needs it or not")]
        impl $name {
            $(
                #[doc = concat!("Handle of the attribute `", stringify!($field), "`.")]
                pub const fn $field() -> $crate::framework::At<$content> {
                    $crate::framework::At::new(stringify!($field))
                }
            )+
        }

        impl $crate::framework::Model for $name {
            fn block() -> $crate::framework::Block {
                let fields = vec![
                    $( $crate::framework::model::field::<$crate::framework::$kind<$content>>(
                        stringify!($field),
                        &[$($text),+],
                        $rule,
                    ) ),+
                ];
                $crate::framework::Block { description: $crate::framework::model::text(&[$($summary),+]), fields }
            }

            fn read(mut object: $crate::value::Value) -> Result<Self, $crate::value::Error> {
                Ok(Self { $( $field: $crate::framework::model::take(&mut object, stringify!($field))? ),+ })
            }
        }

        impl $crate::framework::Content for $name {
            fn ty() -> $crate::value::Type {
                <Self as $crate::framework::Model>::block().ty()
            }

            fn from_value(value: $crate::value::Value) -> Result<$crate::framework::Attr<Self>, $crate::value::Error> {
                <Self as $crate::framework::Model>::read(value).map($crate::framework::Attr::Known)
            }

            fn into_value(self) -> $crate::value::Value {
                $crate::value::Value::object([
                    $( (stringify!($field), $crate::framework::Kind::value(self.$field)) ),+
                ])
            }

            fn nested() -> Option<$crate::framework::schema::Nested> {
                Some($crate::framework::schema::Nested::Block(<Self as $crate::framework::Model>::block()))
            }
        }
    };
}

/// One row of a model's table.
pub fn field<K: Kind>(name: &'static str, lines: &[&str], rule: Rule) -> Field {
    let ty = K::Content::ty();
    let nested = K::Content::nested().map(|nested| match nested {
        Nested::List(block) if rule.is_block() => Nested::Blocks(block),
        nested => nested,
    });
    Field { name, description: text(lines), ty, nested, rule: K::rule(rule) }
}

/// The lines of a doc comment as one text: each starts with the space behind the slashes, and line breaks inside a
/// paragraph carry no meaning.
pub fn text(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        match line {
            "" => text.push_str("\n\n"),
            line => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push(' ');
                }
                text.push_str(line);
            }
        }
    }
    text
}

/// Reads an attribute out of an object; one that the object lacks is null.
///
/// # Errors
/// When it is of another type.
pub fn take<K: Kind>(object: &mut Value, name: &str) -> Result<K, Error> {
    let value = match object {
        Value::Map(attributes) => attributes.remove(name).unwrap_or(Value::Null),
        Value::Null => Value::Null,
        _ => return Err(Error::new("an object is wanted")),
    };
    K::of(value).map_err(|error| error.below(Step::Attribute(name.to_owned())))
}

impl Content for String {
    fn ty() -> Type {
        Type::String
    }

    fn from_value(value: Value) -> Result<Attr<Self>, Error> {
        match value {
            Value::String(text) => Ok(Attr::Known(text)),
            _ => Err(Error::wanted(&Self::ty())),
        }
    }

    fn into_value(self) -> Value {
        Value::String(self)
    }
}

impl Content for Secret {
    fn ty() -> Type {
        Type::String
    }

    fn from_value(value: Value) -> Result<Attr<Self>, Error> {
        match value {
            Value::String(text) => Ok(Attr::Known(Self::new(text))),
            _ => Err(Error::wanted(&Self::ty())),
        }
    }

    fn into_value(self) -> Value {
        self.expose().into()
    }
}

impl Content for bool {
    fn ty() -> Type {
        Type::Bool
    }

    fn from_value(value: Value) -> Result<Attr<Self>, Error> {
        match value {
            Value::Bool(truth) => Ok(Attr::Known(truth)),
            _ => Err(Error::wanted(&Self::ty())),
        }
    }

    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

impl Content for u32 {
    fn ty() -> Type {
        Type::Number
    }

    fn from_value(value: Value) -> Result<Attr<Self>, Error> {
        let Value::Number(number) = value else { return Err(Error::wanted(&Self::ty())) };
        let number = number.as_u64().and_then(|number| Self::try_from(number).ok());
        number.map(Attr::Known).ok_or_else(|| Error::new(format!("a whole number from 0 to {} is wanted", Self::MAX)))
    }

    fn into_value(self) -> Value {
        i64::from(self).into()
    }
}

impl<T: Content + Ord> Content for BTreeSet<T> {
    fn ty() -> Type {
        Type::set_of(T::ty())
    }

    fn from_value(value: Value) -> Result<Attr<Self>, Error> {
        let Value::Set(elements) = value else { return Err(Error::wanted(&Self::ty())) };
        let mut set = Self::new();
        for element in elements {
            match Attr::<T>::of(element)? {
                Attr::Known(element) => set.insert(element),
                Attr::Unknown => return Ok(Attr::Unknown),
                Attr::Null => return Err(Error::new("a set with a null element")),
            };
        }
        Ok(Attr::Known(set))
    }

    fn into_value(self) -> Value {
        Value::set(self.into_iter().map(Content::into_value).collect())
    }
}

impl<T: Content> Content for Vec<T> {
    fn ty() -> Type {
        Type::list_of(T::ty())
    }

    fn from_value(value: Value) -> Result<Attr<Self>, Error> {
        let Value::List(elements) = value else { return Err(Error::wanted(&Self::ty())) };
        let mut list = Self::new();
        for (index, element) in (0..).zip(elements) {
            match Attr::<T>::of(element).map_err(|error| error.below(Step::Index(index)))? {
                Attr::Known(element) => list.push(element),
                Attr::Unknown => return Ok(Attr::Unknown),
                Attr::Null => return Err(Error::new("a list with a null element")),
            }
        }
        Ok(Attr::Known(list))
    }

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(Content::into_value).collect())
    }

    fn nested() -> Option<Nested> {
        T::nested().map(|nested| Nested::List(nested.block().clone()))
    }
}

impl<T: Content> Content for BTreeMap<String, Attr<T>> {
    fn ty() -> Type {
        Type::map_of(T::ty())
    }

    fn from_value(value: Value) -> Result<Attr<Self>, Error> {
        let Value::Map(entries) = value else { return Err(Error::wanted(&Self::ty())) };
        let mut map = Self::new();
        for (key, entry) in entries {
            let entry = Attr::<T>::of(entry).map_err(|error| error.below(Step::Key(key.clone())))?;
            if entry.is_unknown() {
                return Ok(Attr::Unknown);
            }
            map.insert(key, entry);
        }
        Ok(Attr::Known(map))
    }

    fn into_value(self) -> Value {
        Value::object(self.into_iter().map(|(key, entry)| (key, entry.value())))
    }
}
