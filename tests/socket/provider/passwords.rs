//! The ways to give a password, and that each change of configuration changes it exactly once.

use smartag_emulator::{Ciphertext, DEFAULT_INSTANCE, Outside};
use terraform_provider_smartag::value::Value;
use tfplugin_host::wire;

use crate::Outcome;
use crate::terraform::{Stored, Terraform, alice, errors, texts};

const USER: &str = "smartag_client_user";

/// No password in any way.
fn without(terraform: &Terraform, arguments: &[(&str, Value)]) -> Value {
    let mut config = alice(terraform, &[("password", Value::Null)]);
    arguments.iter().for_each(|(name, value)| config.set_attribute(name, value.clone()));
    config
}

fn write_only(terraform: &Terraform, password: &str, version: i64) -> Value {
    without(terraform, &[("password_wo", password.into()), ("password_wo_version", version.into())])
}

fn is_current(terraform: &Terraform, password: &str) -> bool {
    terraform.emulator.password_is(DEFAULT_INSTANCE, "alice.w", password)
}

fn resets(terraform: &Terraform) -> usize {
    terraform.emulator.count("ResetSmartAccessGatewayClientUserPassword")
}

#[tokio::test]
async fn a_write_only_password_is_set_at_create_and_once_for_each_version_and_is_never_stored() -> Outcome {
    let terraform = Terraform::configured().await?;
    let mut stored = Stored::nothing();
    for (password, version, current, count) in [
        ("first-secret", 1, "first-secret", 0),
        ("other-secret", 1, "first-secret", 0),
        ("other-secret", 2, "other-secret", 1),
        ("other-secret", 2, "other-secret", 1),
        ("third-secret", 1, "third-secret", 2),
    ] {
        stored = terraform.converge(USER, stored, &write_only(&terraform, password, version)).await?;
        assert!(is_current(&terraform, current), "{password} {version}");
        assert_eq!(resets(&terraform), count, "{password} {version}");
        assert_eq!(stored.state.attribute("password_wo"), Some(&Value::Null));
        assert!(!format!("{stored:?}").contains("-secret"));
    }
    assert_eq!(terraform.emulator.count("CreateSmartAccessGatewayClientUser"), 1);
    Ok(())
}

#[tokio::test]
async fn the_ways_to_give_a_password_can_be_switched_and_removed() -> Outcome {
    let terraform = Terraform::configured().await?;
    let stored = terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
    let stored = terraform.converge(USER, stored, &write_only(&terraform, "second-secret", 1)).await?;
    assert_eq!(stored.state.attribute("password"), Some(&Value::Null), "the stored one is dropped from the state");
    assert_eq!((resets(&terraform), is_current(&terraform, "second-secret")), (1, true));

    let stored = terraform.converge(USER, stored, &without(&terraform, &[])).await?;
    assert_eq!(resets(&terraform), 1, "removing a password calls nothing");
    let stored = terraform.converge(USER, stored, &alice(&terraform, &[])).await?;
    assert_eq!((resets(&terraform), is_current(&terraform, "alices-secret")), (2, true));
    terraform.converge(USER, stored, &without(&terraform, &[])).await?;
    assert_eq!(resets(&terraform), 2);
    Ok(())
}

#[tokio::test]
async fn a_password_on_an_account_that_had_none_is_told_before_it_is_set() -> Outcome {
    let terraform = Terraform::configured().await?;
    let nameless = without(&terraform, &[("user_name", Value::Null)]);
    let stored = terraform.converge(USER, Stored::nothing(), &nameless).await?;
    let config = write_only(&terraform, "first-secret", 1);
    let mut config = config;
    config.set_attribute("user_name", stored.state.attribute("user_name").cloned().ok_or("no name")?);
    let planned = terraform.plan(USER, &stored, &config).await?;
    assert_eq!(errors(&planned.diagnostics), [""; 0]);
    assert!(texts(&planned.diagnostics)[0].contains("mails the user"), "{:?}", planned.diagnostics);
    terraform.converge(USER, stored, &config).await?;
    assert_eq!(resets(&terraform), 1);
    Ok(())
}

#[tokio::test]
async fn combinations_that_make_no_sense_are_refused_and_no_secret_is_pointed_at() -> Outcome {
    let terraform = Terraform::configured().await?;
    let context = Value::object([("purpose", "login".into())]);
    for (arguments, path, part) in [
        (&[("password", "one-secret".into()), ("password_wo", "two-secret".into())][..], "", "at most one"),
        (&[("password", "one-secret".into()), ("kms_encrypted_password", "cipher".into())], "", "at most one"),
        (&[("password_wo_version", 1.into())], "password_wo_version", "without password_wo"),
        (&[("kms_encryption_context", context)], "kms_encryption_context", "without kms_encrypted_password"),
        (&[("destroy_when_in_use", "maybe".into())], "destroy_when_in_use", "\"suspend\""),
        (&[("password_wo", "short".into())], "", "8 to 32"),
    ] {
        let told = errors(&terraform.validate(USER, &without(&terraform, arguments)).await?);
        let [text] = &told[..] else { panic!("{arguments:?}: {told:?}") };
        assert!(text.starts_with(&format!("[{path}]")) && text.contains(part), "{text}");
        assert!(!text.contains("-secret") && !text.contains("short"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn unknown_passwords_pass_until_they_are_known() -> Outcome {
    let terraform = Terraform::configured().await?;
    for name in ["password_wo", "password_wo_version", "kms_encrypted_password", "kms_encryption_context"] {
        let config = without(&terraform, &[(name, Value::unknown())]);
        assert_eq!(texts(&terraform.validate(USER, &config).await?), [""; 0], "{name}");
    }
    for name in ["password_wo", "kms_encrypted_password"] {
        let config = without(&terraform, &[(name, Value::unknown())]);
        let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
        assert_eq!(errors(&planned.diagnostics), [""; 0], "{name} may turn out to be there");
    }
    Ok(())
}

#[tokio::test]
async fn a_host_that_does_not_know_write_only_attributes_is_told_which_version_does() -> Outcome {
    let terraform = Terraform::configured().await?;
    let request = wire::validate_resource_config::Request {
        type_name: USER.to_owned(),
        config: terraform.encoded(USER, &write_only(&terraform, "first-secret", 1)),
        client_capabilities: None,
    };
    let told = errors(&terraform.client().validate_resource_config(request).await?.into_inner().diagnostics);
    assert!(told.len() == 1 && told[0].starts_with("[]") && told[0].contains("1.11"), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_cipher_text_is_decrypted_while_applying_and_only_a_changed_one_sets_the_password() -> Outcome {
    let terraform = Terraform::configured().await?;
    for (blob, plaintext) in [("cipher-one", "first-secret"), ("cipher-two", "other-secret"), ("cipher-long", "x")] {
        let cipher_text = Ciphertext::new(blob, plaintext).with_context("purpose", "login");
        terraform.emulator.outside(Outside::AddCiphertext(cipher_text))?;
    }
    let encrypted = |blob: &str, purpose: &str| {
        let context = Value::object([("purpose", purpose.into())]);
        without(&terraform, &[("kms_encrypted_password", blob.into()), ("kms_encryption_context", context)])
    };
    let decryptions = || terraform.emulator.count("Decrypt");

    let planned = terraform.plan(USER, &Stored::nothing(), &encrypted("cipher-one", "login")).await?;
    assert_eq!((errors(&planned.diagnostics).len(), decryptions()), (0, 0), "never while planning");
    let stored = terraform.converge(USER, Stored::nothing(), &encrypted("cipher-one", "login")).await?;
    assert_eq!((decryptions(), resets(&terraform), is_current(&terraform, "first-secret")), (1, 0, true));
    let stored = terraform.converge(USER, stored, &encrypted("cipher-two", "login")).await?;
    assert_eq!((decryptions(), resets(&terraform), is_current(&terraform, "other-secret")), (2, 1, true));
    let stored = terraform.converge(USER, stored, &encrypted("cipher-two", "changed")).await?;
    assert_eq!((decryptions(), resets(&terraform)), (2, 1), "a changed context alone sets nothing");

    // What KMS refuses, and what cannot be a password, changes nothing.
    for (blob, purpose, part) in [("cipher-one", "changed", "kms"), ("cipher-long", "login", "8 to 32")] {
        let config = encrypted(blob, purpose);
        let planned = terraform.plan(USER, &stored, &config).await?;
        let failed = terraform.apply(USER, &stored, &planned, &config).await?;
        let [text] = &errors(&failed.diagnostics)[..] else { panic!("{blob}: {failed:?}") };
        assert!(text.starts_with("[kms_encrypted_password]") && text.to_lowercase().contains(part), "{text}");
        assert_eq!(failed.stored.state, stored.state);
        assert_eq!(resets(&terraform), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_write_only_password_without_a_version_is_told_to_do_nothing_on_an_account_that_exists() -> Outcome {
    let terraform = Terraform::configured().await?;
    let config = without(&terraform, &[("password_wo", "first-secret".into())]);
    let stored = terraform.converge(USER, Stored::nothing(), &config).await?;
    assert!(is_current(&terraform, "first-secret"), "at create it needs no version");
    let planned = terraform.plan(USER, &stored, &config).await?;
    assert_eq!(planned.state, stored.state);
    let [text] = &texts(&planned.diagnostics)[..] else { panic!("{planned:?}") };
    assert!(text.starts_with("[user_name]") && text.contains("password_wo_version"), "{text}");
    Ok(())
}
