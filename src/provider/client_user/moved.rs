//! Taking accounts over from the resource `alicloud_sag_client_user` of the alicloud provider, without touching them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ClientUser, id};
use crate::framework::{Attr, Diagnostic, Diagnostics, Source, Taken};
use crate::secret::Secret;

/// What alicloud stores. Numbers and texts are as its schema has them; what it leaves empty is `""` or absent.
#[derive(Deserialize)]
struct Stored {
    sag_id: String,
    user_name: String,
    user_mail: Option<String>,
    bandwidth: Option<u32>,
    client_ip: Option<String>,
    password: Option<String>,
    kms_encrypted_password: Option<String>,
    kms_encryption_context: Option<BTreeMap<String, String>>,
}

/// The state of an account of alicloud's as one of ours; none where the source is no such account.
pub fn from_alicloud(source: &Source) -> Option<Result<Taken<ClientUser>, Diagnostics>> {
    let is_alicloud = source.provider.rsplit('/').next() == Some("alicloud");
    (is_alicloud && source.resource == "alicloud_sag_client_user").then(|| taken_over(source))
}

fn taken_over(source: &Source) -> Result<Taken<ClientUser>, Diagnostics> {
    // The parser's own text may quote the password.
    let stored: Stored = serde_json::from_slice(&source.state).map_err(|error| {
        let detail = format!(
            "The stored state of the {} could not be read (line {}, column {}). Take the account over with an import block \
             instead.",
            source.resource,
            error.line(),
            error.column()
        );
        Diagnostic::error("Unreadable alicloud state", detail)
    })?;
    let text = |text: Option<String>| Attr::from(text.filter(|text| !text.is_empty()));
    let password = Attr::from(stored.password.filter(|text| !text.is_empty()).map(Secret::new));
    let mut warnings = Diagnostics::new();
    if !password.is_null() {
        let detail = "The password that alicloud kept in its state in clear was taken over, so that the same configuration \
                      plans no change. To get it out of the state, write password_wo and password_wo_version in place of \
                      password.";
        warnings.push(Diagnostic::warning("A password was taken over into the state", detail));
    }
    let context = stored.kms_encryption_context.filter(|context| !context.is_empty());
    let context = context.map(|context| context.into_iter().map(|(key, value)| (key, Attr::Known(value))).collect());
    let state = ClientUser {
        id: Attr::Known(id(&stored.sag_id, &stored.user_name)),
        sag_id: Attr::Known(stored.sag_id),
        user_name: Attr::Known(stored.user_name),
        user_mail: text(stored.user_mail),
        bandwidth: stored.bandwidth.into(),
        client_ip: text(stored.client_ip),
        password,
        kms_encrypted_password: text(stored.kms_encrypted_password),
        kms_encryption_context: context.into(),
        ..ClientUser::default()
    };
    Ok(Taken { state, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(provider: &str, resource: &str, state: &str) -> Source {
        Source { provider: provider.into(), resource: resource.into(), version: 0, state: state.into() }
    }

    const STATE: &str = r#"{"bandwidth":20,"client_ip":"","id":"sag-1:alice.w","kms_encrypted_password":null,
        "kms_encryption_context":null,"password":"hunter2-hunter2","sag_id":"sag-1","user_mail":"a@example.com",
        "user_name":"alice.w"}"#;

    #[test]
    fn an_account_is_taken_over_from_every_address_of_alicloud_and_from_nothing_else() {
        for provider in [
            "registry.terraform.io/aliyun/alicloud",
            "registry.terraform.io/hashicorp/alicloud",
            "registry.opentofu.org/aliyun/alicloud",
            "mirror.example/alibaba/alicloud",
        ] {
            let taken = from_alicloud(&source(provider, "alicloud_sag_client_user", STATE)).unwrap().unwrap();
            assert_eq!(taken.state.id, Attr::Known("sag-1:alice.w".to_owned()));
            assert_eq!(taken.state.client_ip, Attr::Null, "an empty text is nothing");
            assert_eq!(taken.state.password, Attr::Known("hunter2-hunter2".into()));
            assert_eq!((taken.state.region, taken.state.enabled), (Attr::Null, Attr::Null));
            assert_eq!(taken.warnings.iter().count(), 1);
        }
        assert!(from_alicloud(&source("registry.terraform.io/a/b", "alicloud_sag_client_user", STATE)).is_none());
        assert!(from_alicloud(&source("registry.terraform.io/aliyun/alicloud", "alicloud_vpc", STATE)).is_none());
    }

    #[test]
    fn without_a_password_there_is_nothing_to_warn_of() {
        let state = STATE.replace("hunter2-hunter2", "");
        let source = source("registry.terraform.io/aliyun/alicloud", "alicloud_sag_client_user", &state);
        let taken = from_alicloud(&source).unwrap().unwrap();
        assert_eq!((taken.state.password, taken.warnings.is_empty()), (Attr::Null, true));
    }

    #[test]
    fn an_unreadable_state_is_an_error_that_quotes_nothing() {
        let state = r#"{"sag_id":"sag-1","user_name":{"a":"hunter2-hunter2"}}"#;
        let source = source("registry.terraform.io/aliyun/alicloud", "alicloud_sag_client_user", state);
        let told = from_alicloud(&source).unwrap().unwrap_err();
        let text = format!("{told:?}");
        assert!(text.contains("import block") && !text.contains("hunter2"), "{text}");
    }
}
