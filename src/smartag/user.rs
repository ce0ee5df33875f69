//! Client users: as the service lists them, as they are created, and as they are changed.

use serde_json::Value;

use super::decode::{self, Problem};
use crate::secret::Secret;

/// A client user as the service lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name; unique in its instance and never changed.
    pub user_name: String,
    /// Where login details are mailed to; empty where the service gave none.
    pub user_mail: String,
    /// Highest rate, in Kbit/s.
    pub bandwidth: u32,
    /// Whether the user may dial in; absent where the service said nothing.
    pub enabled: Option<bool>,
    /// The static address, or the one that a dynamic user has at the moment.
    pub client_ip: Option<String>,
    /// Whether the address is static; older answers do not say.
    pub is_static_ip: Option<bool>,
}

impl User {
    /// Reads an element of `Users.User`.
    pub(super) fn read(json: &Value) -> Result<Self, Problem> {
        Ok(Self {
            user_name: decode::text(json, "UserName")?.ok_or_else(|| Problem::missing("UserName"))?,
            user_mail: decode::text(json, "UserMail")?.unwrap_or_default(),
            bandwidth: decode::number(json, "Bandwidth")?.ok_or_else(|| Problem::missing("Bandwidth"))?,
            enabled: match decode::number(json, "State")? {
                None => None,
                Some(0) => Some(true),
                Some(1) => Some(false),
                Some(_) => return Err(Problem::wrong("State", "neither 0 (enabled) nor 1 (disabled)")),
            },
            client_ip: decode::text(json, "ClientIp")?.filter(|address| !address.is_empty()),
            is_static_ip: decode::boolean(json, "IsStaticIp")?,
        })
    }
}

/// A client user to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Where login details are mailed to.
    pub user_mail: String,
    /// Highest rate, in Kbit/s.
    pub bandwidth: u32,
    /// The name. Without one the service takes the mail address. Name and password go together or not at all.
    pub user_name: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// A static address; without one the user gets another address with each connection.
    pub client_ip: Option<String>,
}

/// What is to be changed about a user. What is absent stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChange {
    /// Highest rate, in Kbit/s. Always sent: some descriptions of the API demand it.
    pub bandwidth: u32,
    /// A new mail address.
    pub user_mail: Option<String>,
    /// A new way to get an address.
    pub address: Option<Address>,
}

/// How a user gets an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Always this one.
    Static(String),
    /// Another one with each connection.
    Dynamic,
}

/// What the service answered to a create or a modify: what is absent is not proved.
///
/// A field that cannot be read is absent too. The write has happened, and an error would hide that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The name; of a create without one it is what the service chose.
    pub user_name: String,
    /// The mail address.
    pub user_mail: Option<String>,
    /// Highest rate, in Kbit/s.
    pub bandwidth: Option<u32>,
    /// The address.
    pub client_ip: Option<String>,
    /// Whether the address is static.
    pub is_static_ip: Option<bool>,
    /// The RequestId of the call.
    pub request_id: String,
}

impl Written {
    /// Reads the answer; `user_name` is taken where the answer has none.
    pub(super) fn read(json: &Value, user_name: &str, request_id: String) -> Self {
        let text = |name| decode::text(json, name).ok().flatten().filter(|text| !text.is_empty());
        Self {
            user_name: text("UserName").unwrap_or_else(|| user_name.to_owned()),
            user_mail: text("UserMail"),
            bandwidth: decode::number(json, "Bandwidth").ok().flatten(),
            client_ip: text("ClientIp"),
            is_static_ip: decode::boolean(json, "IsStaticIp").ok().flatten(),
            request_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn anna() -> User {
        User {
            user_name: "anna".to_owned(),
            user_mail: "anna@example.com".to_owned(),
            bandwidth: 2000,
            enabled: Some(true),
            client_ip: Some("10.0.0.7".to_owned()),
            is_static_ip: Some(true),
        }
    }

    #[test]
    fn a_user_is_read_from_every_type_that_the_sources_show() {
        let bare = User { enabled: None, client_ip: None, is_static_ip: None, ..anna() };
        for (json, expected) in [
            (
                json!({"UserName": "anna", "UserMail": "anna@example.com", "Bandwidth": 2000, "State": 0,
                       "ClientIp": "10.0.0.7", "IsStaticIp": 1, "AccelerateBandwidth": 1000, "New": {"a": []}}),
                anna(),
            ),
            (
                json!({"UserName": "anna", "UserMail": "anna@example.com", "Bandwidth": "2000", "State": "0",
                       "ClientIp": "10.0.0.7", "IsStaticIp": "true"}),
                anna(),
            ),
            (
                json!({"UserName": "anna", "UserMail": "anna@example.com", "Bandwidth": 2000.0, "State": 1,
                       "ClientIp": "10.0.0.7", "IsStaticIp": false}),
                User { enabled: Some(false), is_static_ip: Some(false), ..anna() },
            ),
            (json!({"UserName": "anna", "UserMail": "anna@example.com", "Bandwidth": 2000}), bare.clone()),
            (
                json!({"UserName": "anna", "UserMail": "anna@example.com", "Bandwidth": 2000, "State": null,
                       "ClientIp": null, "IsStaticIp": null}),
                bare.clone(),
            ),
            (json!({"UserName": "anna", "Bandwidth": 2000, "ClientIp": ""}), User { user_mail: String::new(), ..bare }),
        ] {
            assert_eq!(User::read(&json), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_cannot_be_a_user_is_an_error_that_names_the_field() {
        for (json, field) in [
            (json!({"UserMail": "anna@example.com", "Bandwidth": 1}), "UserName"),
            (json!({"UserName": 7, "Bandwidth": 1}), "UserName"),
            (json!({"UserName": "anna"}), "Bandwidth"),
            (json!({"UserName": "anna", "Bandwidth": -1}), "Bandwidth"),
            (json!({"UserName": "anna", "Bandwidth": 4_294_967_296_u64}), "Bandwidth"),
            (json!({"UserName": "anna", "Bandwidth": 1.5}), "Bandwidth"),
            (json!({"UserName": "anna", "Bandwidth": "fast"}), "Bandwidth"),
            (json!({"UserName": "anna", "Bandwidth": 1, "State": 7}), "State"),
            (json!({"UserName": "anna", "Bandwidth": 1, "IsStaticIp": "perhaps"}), "IsStaticIp"),
            (json!("anna"), "UserName"),
        ] {
            let problem = User::read(&json).unwrap_err().to_string();
            assert!(problem.contains(field), "{json}: {problem}");
        }
    }

    #[test]
    fn an_answer_to_a_write_proves_only_what_it_says() {
        let json = json!({"UserName": "", "Bandwidth": "x", "ClientIp": "", "IsStaticIp": 0});
        let written = Written::read(&json, "anna", "72E8".to_owned());
        assert_eq!(
            written,
            Written {
                user_name: "anna".to_owned(),
                user_mail: None,
                bandwidth: None,
                client_ip: None,
                is_static_ip: Some(false),
                request_id: "72E8".to_owned(),
            }
        );
    }
}
