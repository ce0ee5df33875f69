//! The lists of attributes: required, optional and read-only ones, and below them what is inside of each.

use std::fmt::Write;

use terraform_provider_smartag::framework::schema::{Block, Field, Nested, Rule};
use terraform_provider_smartag::value::{Type, Value};

const WRITE_ONLY: &str =
    "[Write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments)";

/// The section `Schema` of a page.
pub fn section(block: &Block) -> String {
    let mut text = "## Schema\n".to_owned();
    lists(block, &[], &mut text);
    text
}

/// A type in the words of the Registry.
pub fn type_name(ty: &Type) -> String {
    match ty {
        Type::String => "String".to_owned(),
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", type_name(element)),
        Type::Set(element) => format!("Set of {}", type_name(element)),
        Type::Map(element) => format!("Map of {}", type_name(element)),
        Type::Tuple(_) => "Tuple".to_owned(),
        Type::Object(_) => "Object".to_owned(),
    }
}

type Belongs = fn(&Rule) -> bool;

/// The lists and what belongs to them; each attribute belongs to one.
const LISTS: [(&str, Belongs); 3] = [
    ("Required", Rule::is_required),
    ("Optional", |rule| rule.is_optional() || rule.is_block()),
    ("Read-Only", |rule| rule.is_computed() && !rule.is_optional()),
];

fn lists(block: &Block, path: &[&str], text: &mut String) {
    let mut nested = String::new();
    for (title, belongs) in LISTS {
        let mut fields: Vec<&Field> = block.fields.iter().filter(|field| belongs(&field.rule)).collect();
        fields.sort_by_key(|field| field.name);
        if fields.is_empty() {
            continue;
        }
        *text += &if path.is_empty() { format!("\n### {title}\n\n") } else { format!("\n{title}:\n\n") };
        for field in fields {
            let path = [path, &[field.name]].concat();
            *text += &line(field, &path);
            if let Some(inside) = &field.nested {
                let path_text = path.join(".");
                let _ =
                    write!(nested, "\n<a id=\"{}\"></a>\n### Nested Schema for `{path_text}`\n", anchor(inside, &path));
                let description = &inside.block().description;
                if !description.is_empty() && *description != field.description {
                    let _ = write!(nested, "\n{description}\n");
                }
                lists(inside.block(), &path, &mut nested);
            }
        }
    }
    *text += &nested;
}

fn line(field: &Field, path: &[&str]) -> String {
    let rule = &field.rule;
    let mut words = match &field.nested {
        Some(Nested::Block(_)) => vec!["Block".to_owned(), "Optional".to_owned()],
        Some(Nested::Blocks(_)) => vec!["Block List".to_owned()],
        Some(Nested::List(_)) => vec!["Attributes List".to_owned()],
        None => vec![type_name(&field.ty)],
    };
    if rule.is_sensitive() {
        words.push("Sensitive".to_owned());
    }
    if rule.is_write_only() {
        words.push(WRITE_ONLY.to_owned());
    }
    let mut line = format!("- `{}` ({}) {}", field.name, words.join(", "), field.description.replace("\n\n", "\n\n  "));
    for fact in facts(field) {
        let _ = write!(line, " {fact}");
    }
    if let Some(nested) = &field.nested {
        let _ = write!(line, " (see [below for nested schema](#{}))", anchor(nested, path));
    }
    line.push('\n');
    line
}

/// What the schema knows and the text leaves out.
fn facts(field: &Field) -> Vec<String> {
    let mut facts = Vec::new();
    let text = &field.description;
    if let Some(default) = field.rule.default_value().filter(|_| !text.to_lowercase().contains("default")) {
        facts.push(format!("Defaults to `{}`.", literal(default)));
    }
    if field.rule.replaces() && !text.contains("Changing ") {
        facts.push("Changing it makes a new object.".to_owned());
    }
    facts
}

/// A value as configuration has it.
fn literal(value: &Value) -> String {
    match value {
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::List(elements) | Value::Set(elements) => {
            format!("[{}]", elements.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key} = {}", literal(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Dynamic(inside) => literal(&inside.1),
        Value::Null | Value::Unknown(_) => "null".to_owned(),
    }
}

fn anchor(nested: &Nested, path: &[&str]) -> String {
    let kind = match nested {
        Nested::Block(_) | Nested::Blocks(_) => "nestedblock",
        Nested::List(_) => "nestedatt",
    };
    format!("{kind}--{}", path.join("--"))
}

#[cfg(test)]
mod tests {
    use terraform_provider_smartag::framework::model::field;
    use terraform_provider_smartag::framework::schema::{block, computed, optional, optional_computed, required};
    use terraform_provider_smartag::framework::{Attr, WriteOnly};
    use terraform_provider_smartag::model;

    use super::*;

    model! {
        /// Sizes of it, all of them.
        pub struct Sizes {
            /// Its width in metres.
            width: Attr<u32> = optional(),
        }
    }

    fn section_of(fields: Vec<Field>) -> String {
        section(&Block { description: String::new(), fields })
    }

    #[test]
    fn every_attribute_is_in_one_list_and_each_list_is_sorted() {
        let text = section_of(vec![
            field::<Attr<String>>("zone", &["Where it is."], required()),
            field::<Attr<String>>("id", &["What it is."], computed()),
            field::<Attr<bool>>("on", &["Whether it is."], optional_computed()),
            field::<Attr<u32>>("age", &["How old it is in years."], required()),
        ]);
        assert_eq!(
            text,
            "## Schema\n\n### Required\n\n- `age` (Number) How old it is in years.\n- `zone` (String) Where it is.\n\n\
             ### Optional\n\n- `on` (Boolean) Whether it is.\n\n### Read-Only\n\n- `id` (String) What it is.\n"
        );
    }

    #[test]
    fn what_the_schema_knows_is_added_where_the_text_leaves_it_out() {
        let secret = section_of(vec![field::<WriteOnly<String>>("word", &["It."], optional().sensitive())]);
        assert!(secret.contains(&format!("- `word` (String, Sensitive, {WRITE_ONLY}) It.\n")), "{secret}");
        for (text, rule, expected) in [
            ("It.", required().replace(), "It. Changing it makes a new object.\n"),
            ("It. Changing it starts anew.", required().replace(), "It. Changing it starts anew.\n"),
            ("It.", optional_computed().default("a"), "It. Defaults to `a`.\n"),
            ("It, by default `a`.", optional_computed().default("a"), "It, by default `a`.\n"),
        ] {
            let section = section_of(vec![field::<Attr<String>>("it", &[text], rule)]);
            assert!(section.ends_with(&format!("- `it` (String) {expected}")), "{section}");
        }
    }

    #[test]
    fn what_is_inside_follows_under_an_anchor() {
        let text = section_of(vec![
            field::<Attr<Sizes>>("sizes", &["Its sizes."], block()),
            field::<Attr<Vec<Sizes>>>("all", &["All that are there."], computed()),
        ]);
        for expected in [
            "- `sizes` (Block, Optional) Its sizes. (see [below for nested schema](#nestedblock--sizes))\n",
            "- `all` (Attributes List) All that are there. (see [below for nested schema](#nestedatt--all))\n",
            "\n<a id=\"nestedblock--sizes\"></a>\n### Nested Schema for `sizes`\n\nSizes of it, all of them.\n\nOptional:\n\n\
             - `width` (Number) Its width in metres.\n",
            "\n<a id=\"nestedatt--all\"></a>\n### Nested Schema for `all`\n",
        ] {
            assert!(text.contains(expected), "{expected}\nis not in\n{text}");
        }
    }
}
