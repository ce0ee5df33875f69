//! What a function takes and gives.

use std::fmt::Write;

use terraform_provider_smartag::framework::Signature;
use terraform_provider_smartag::value::Type;

use crate::schema::type_name;

/// The sections `Signature` and `Arguments` of a page.
pub fn sections(name: &str, signature: &Signature) -> String {
    let parameters = &signature.parameters;
    let listed: Vec<_> =
        parameters.iter().map(|parameter| format!("{} {}", parameter.name, constraint(&parameter.ty))).collect();
    let mut text = format!(
        "## Signature\n\n```text\n{name}({}) {}\n```\n\n## Arguments\n\n",
        listed.join(", "),
        constraint(&signature.returns)
    );
    for (position, parameter) in (1..).zip(parameters) {
        let ty = type_name(&parameter.ty);
        let _ = writeln!(text, "{position}. `{}` ({ty}) {}", parameter.name, parameter.description);
    }
    text
}

/// A type as configuration writes it.
fn constraint(ty: &Type) -> String {
    match ty {
        Type::String => "string".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Dynamic => "any".to_owned(),
        Type::List(element) => format!("list({})", constraint(element)),
        Type::Set(element) => format!("set({})", constraint(element)),
        Type::Map(element) => format!("map({})", constraint(element)),
        Type::Tuple(elements) => {
            format!("tuple([{}])", elements.iter().map(constraint).collect::<Vec<_>>().join(", "))
        }
        Type::Object(attributes) => {
            let attributes: Vec<_> =
                attributes.iter().map(|(name, ty)| format!("{name} = {}", constraint(ty))).collect();
            format!("object({{ {} }})", attributes.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use terraform_provider_smartag::framework::Parameter;

    use super::*;

    #[test]
    fn a_signature_reads_as_in_configuration() {
        let parameter = |name, ty| Parameter { name, description: "One of them.", ty };
        let signature = Signature {
            summary: "Splits.",
            description: "Splits.",
            parameters: vec![parameter("text", Type::String), parameter("at", Type::list_of(Type::Number))],
            returns: Type::object([("head", Type::String), ("tail", Type::Bool)]),
        };
        assert_eq!(
            sections("split", &signature),
            "## Signature\n\n```text\nsplit(text string, at list(number)) object({ head = string, tail = bool })\n```\n\n\
             ## Arguments\n\n1. `text` (String) One of them.\n2. `at` (List of Number) One of them.\n"
        );
    }
}
