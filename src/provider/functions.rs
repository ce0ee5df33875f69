//! The functions: ids of accounts, put together and taken apart. Both are pure, so they need no configured provider.

use super::client_user;
use crate::framework::{Function, FunctionError, Parameter, Signature};
use crate::value::{Type, Value};

/// `client_user_id(sag_id, user_name)`.
#[derive(Debug)]
pub struct ClientUserId;

impl Function for ClientUserId {
    fn name(&self) -> &'static str {
        "client_user_id"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Makes the id of a client user.",
            description: "Gives the id of an account, `sag_id:user_name`: the `id` of `smartag_client_user`, and what imports \
                          it. Whether there is such an account is not asked.",
            parameters: vec![
                Parameter {
                    name: "sag_id",
                    description: "Software instance of the account, such as `sag-abc123`: not empty, and without `:`.",
                    ty: Type::String,
                },
                Parameter {
                    name: "user_name",
                    description: "Name of the account, such as `alice.w`: not empty, and without `:`.",
                    ty: Type::String,
                },
            ],
            returns: Type::String,
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let [Value::String(sag_id), Value::String(user_name)] = &arguments[..] else {
            return Err(FunctionError::new("Two texts are wanted: sag_id and user_name."));
        };
        for (position, name, part, wanted) in [
            (0, "sag_id", sag_id, "the id of an instance such as \"sag-abc123\", without \":\""),
            (1, "user_name", user_name, "the name of an account such as \"alice.w\", without \":\""),
        ] {
            if !is_part(part) {
                let text = format!("{name} is {part:?}. Wanted: {wanted}.");
                return Err(FunctionError::of_argument(position, text));
            }
        }
        Ok(Value::String(client_user::id(sag_id, user_name)))
    }
}

/// `parse_client_user_id(id)`.
#[derive(Debug)]
pub struct ParseClientUserId;

impl Function for ParseClientUserId {
    fn name(&self) -> &'static str {
        "parse_client_user_id"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Takes the id of a client user apart.",
            description: "Gives the instance and the name in the id of an account, as an object with the attributes `sag_id` \
                          and `user_name`. Whether there is such an account is not asked.",
            parameters: vec![Parameter {
                name: "id",
                description: "Id of an account, `sag_id:user_name`, such as `sag-abc123:alice.w`: without the region that \
                              an import may have in front of it.",
                ty: Type::String,
            }],
            returns: Type::object([("sag_id", Type::String), ("user_name", Type::String)]),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let [Value::String(id)] = &arguments[..] else {
            return Err(FunctionError::new("One text is wanted: id."));
        };
        match id.split_once(':') {
            Some((sag_id, user_name)) if is_part(sag_id) && is_part(user_name) => {
                Ok(Value::object([("sag_id", Value::from(sag_id)), ("user_name", Value::from(user_name))]))
            }
            _ => {
                let text = format!(
                    "id is {id:?}. Wanted: \"<sag_id>:<user_name>\" such as \"sag-abc123:alice.w\", without a region in front."
                );
                Err(FunctionError::of_argument(0, text))
            }
        }
    }
}

/// Whether text can stand on either side of the colon.
fn is_part(text: &str) -> bool {
    !text.is_empty() && !text.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_function_makes_the_other_takes_apart() {
        for (sag_id, user_name) in [("sag-abc123", "alice.w"), ("sag-abc123", "alice@example.com"), ("a", "ä ö")] {
            let id = ClientUserId.call(vec![sag_id.into(), user_name.into()]).unwrap();
            let parts = ParseClientUserId.call(vec![id]).unwrap();
            assert_eq!(parts, Value::object([("sag_id", Value::from(sag_id)), ("user_name", user_name.into())]));
        }
    }

    #[test]
    fn an_argument_that_makes_no_id_is_named_and_quoted() {
        for (sag_id, user_name, position, quoted) in [
            ("", "alice.w", 0, "sag_id is \"\""),
            ("cn-shanghai:sag-abc123", "alice.w", 0, "sag_id is \"cn-shanghai:sag-abc123\""),
            ("sag-abc123", "", 1, "user_name is \"\""),
            ("sag-abc123", "alice:w", 1, "user_name is \"alice:w\""),
        ] {
            let error = ClientUserId.call(vec![sag_id.into(), user_name.into()]).unwrap_err();
            assert_eq!(error.argument, Some(position), "{sag_id} {user_name}");
            assert!(error.text.contains(quoted) && error.text.contains("Wanted"), "{}", error.text);
        }
        for id in ["", ":", "sag-abc123", "sag-abc123:", ":alice.w", "cn-shanghai:sag-abc123:alice.w"] {
            let error = ParseClientUserId.call(vec![id.into()]).unwrap_err();
            assert_eq!(error.argument, Some(0), "{id}");
            assert!(error.text.contains(&format!("id is {id:?}")) && error.text.contains("Wanted"), "{}", error.text);
        }
    }
}
