//! The fields of an event and of the spans around it.

use std::error::Error;
use std::fmt::{self, Write};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

/// What an event says, and what is known about it.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub message: String,
    /// Numbers and truth values as they are, all else as text.
    pub others: Map<String, Value>,
}

impl Fields {
    /// Takes over the fields of an enclosing span.
    pub fn extend(&mut self, span: &Self) {
        self.others.extend(span.others.iter().map(|(key, value)| (key.clone(), value.clone())));
    }

    fn set(&mut self, field: &Field, value: Value) {
        let key = field.name();
        // Keys with an @ are hclog's own; a wrong type there would crash the host.
        if !key.starts_with('@') {
            self.others.insert(key.to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message.clear();
            // Writing to a String fails only where the value's own Debug does.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.set(field, format!("{value:?}").into());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.set(field, value.into());
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        self.set(field, text.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }
}
