//! Client users through plan and apply, with what configuration cannot show so well: unknowns, paths, and counts.

use smartag_emulator::{DEFAULT_INSTANCE, Fault, What};
use terraform_provider_smartag::value::Value;
use tfplugin_host::wire;

use crate::Outcome;
use crate::terraform::{Planned, Stored, Terraform, alice, errors, texts};

const USER: &str = "smartag_client_user";

#[tokio::test]
async fn an_account_lives_its_life_in_one_call_each() -> Outcome {
    let terraform = Terraform::configured().await?;
    let mut stored = Stored::nothing();
    for (change, action) in [
        (("bandwidth", 2000.into()), "CreateSmartAccessGatewayClientUser"),
        (("bandwidth", 3000.into()), "ModifySmartAccessGatewayClientUser"),
        (("user_mail", "alice@example.org".into()), "ModifySmartAccessGatewayClientUser"),
        (("client_ip", "10.0.0.7".into()), "ModifySmartAccessGatewayClientUser"),
        (("password", "another-secret".into()), "ResetSmartAccessGatewayClientUserPassword"),
        (("enabled", false.into()), "DisableSmartAccessGatewayUser"),
        (("enabled", true.into()), "EnableSmartAccessGatewayUser"),
    ] {
        let (name, value): (&str, Value) = change;
        let mut config = alice(&terraform, &[]);
        for kept in ["bandwidth", "user_mail", "client_ip", "password"] {
            if let Some(value) = stored.state.attribute(kept) {
                config.set_attribute(kept, value.clone());
            }
        }
        config.set_attribute(name, value);
        terraform.emulator.clear_calls();
        stored = terraform.converge(USER, stored, &config).await?;
        let writes: Vec<_> = terraform.emulator.calls().into_iter().map(|call| call.action).collect();
        let writes: Vec<_> = writes.iter().filter(|action| !action.starts_with("Describe")).collect();
        assert_eq!(writes, [action], "{name}");
    }
    let gone = terraform.apply(USER, &stored, &Planned::destroy(), &Value::Null).await?;
    assert_eq!((errors(&gone.diagnostics).len(), gone.stored.state), (0, Value::Null));
    assert_eq!(terraform.emulator.users(DEFAULT_INSTANCE).len(), 0);
    Ok(())
}

#[tokio::test]
async fn any_attribute_may_be_unknown_while_planning() -> Outcome {
    let terraform = Terraform::configured().await?;
    let config = alice(&terraform, &[]);
    let stored = terraform.converge(USER, Stored::nothing(), &config).await?;
    for name in [
        "sag_id",
        "region",
        "user_name",
        "user_mail",
        "bandwidth",
        "client_ip",
        "password",
        "enabled",
        "timeouts",
        "password_wo_version",
        "kms_encrypted_password",
        "kms_encryption_context",
        "kick_on_disable",
        "kick_on_destroy",
        "destroy_when_in_use",
    ] {
        let half_known = alice(&terraform, &[(name, Value::unknown())]);
        assert_eq!(texts(&terraform.validate(USER, &half_known).await?), [""; 0], "{name}");
        for prior in [&Stored::nothing(), &stored] {
            let planned = terraform.plan(USER, prior, &half_known).await?;
            assert_eq!(errors(&planned.diagnostics), [""; 0], "{name}");
            assert!(planned.state.attribute(name).is_some_and(Value::is_unknown), "{name}: {planned:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_id_is_planned_as_soon_as_its_parts_are_known() -> Outcome {
    let terraform = Terraform::configured().await?;
    let planned = terraform.plan(USER, &Stored::nothing(), &alice(&terraform, &[])).await?;
    assert_eq!(planned.state.attribute("id"), Some(&format!("{DEFAULT_INSTANCE}:alice.w").as_str().into()));
    let nameless = alice(&terraform, &[("user_name", Value::Null), ("password", Value::Null)]);
    let planned = terraform.plan(USER, &Stored::nothing(), &nameless).await?;
    assert_eq!(planned.state.attribute("id"), Some(&Value::unknown()));
    assert_eq!(planned.state.attribute("user_name"), Some(&Value::unknown()), "never guessed");
    Ok(())
}

#[tokio::test]
async fn what_is_refused_names_the_attribute_and_never_a_secret_one() -> Outcome {
    let terraform = Terraform::configured().await?;
    for (name, value, path, parts) in [
        ("bandwidth", Value::from(0), "bandwidth", &["is 0", "1 to 20000", "Kbit/s"][..]),
        ("bandwidth", 20_001.into(), "bandwidth", &["is 20001", "1 to 20000"]),
        ("user_mail", "alice.example.com".into(), "user_mail", &["\"alice.example.com\"", "@"]),
        ("user_mail", "".into(), "user_mail", &["\"\"", "some text"]),
        ("client_ip", "10.0.0".into(), "client_ip", &["\"10.0.0\"", "IPv4"]),
        ("client_ip", "fe80::1".into(), "client_ip", &["\"fe80::1\"", "IPv4"]),
        ("client_ip", "".into(), "client_ip", &["null"]),
        ("region", "CN Shanghai".into(), "region", &["\"CN Shanghai\"", "cn-shanghai"]),
        ("password", "short".into(), "", &["password", "8 to 32"]),
        ("password", "".into(), "", &["password", "null"]),
        (
            "timeouts",
            Value::object([
                ("create", "soon".into()),
                ("read", Value::Null),
                ("update", Value::Null),
                ("delete", Value::Null),
            ]),
            "timeouts.create",
            &["\"soon\"", "30s"],
        ),
    ] {
        let told = terraform.validate(USER, &alice(&terraform, &[(name, value.clone())])).await?;
        let [text] = &errors(&told)[..] else { panic!("{name} {value:?}: {told:?}") };
        assert!(text.starts_with(&format!("[{path}]")), "{text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(!text.contains("short"), "{text}");
    }
    let public = terraform.validate(USER, &alice(&terraform, &[("client_ip", "192.1.10.0".into())])).await?;
    assert_eq!((errors(&public).len(), public.len()), (0, 1), "a public address is only doubtful");
    Ok(())
}

#[tokio::test]
async fn a_create_that_fails_leaves_no_state_and_a_failed_disable_only_warns() -> Outcome {
    let terraform = Terraform::configured().await?;
    let config = alice(&terraform, &[("enabled", false.into())]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;

    terraform.emulator.fault(Fault::new("CreateSmartAccessGatewayClientUser", What::error("ClientUser.UserOverLimit")));
    let failed = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    assert!(errors(&failed.diagnostics)[0].contains("UserOverLimit"));
    assert_eq!(failed.stored.state, Value::Null);

    terraform.emulator.fault(Fault::new("DisableSmartAccessGatewayUser", What::error("Forbidden.RAM")));
    let applied = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    assert_eq!(
        errors(&applied.diagnostics),
        [""; 0],
        "an error would taint the account, and the next apply destroy it"
    );
    assert!(
        texts(&applied.diagnostics)[0].contains("smartag:DisableSmartAccessGatewayUser"),
        "{:?}",
        applied.diagnostics
    );
    let read = terraform.read(USER, &applied.stored).await?;
    assert_eq!(read.stored.state.attribute("enabled"), Some(&true.into()), "the next refresh shows the drift");
    Ok(())
}

#[tokio::test]
async fn an_update_that_stops_half_way_keeps_what_was_done() -> Outcome {
    let terraform = Terraform::configured().await?;
    let before = terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
    let config = alice(&terraform, &[("bandwidth", 3000.into()), ("password", "another-secret".into())]);
    let planned = terraform.plan(USER, &before, &config).await?;
    terraform.emulator.fault(Fault::new("ResetSmartAccessGatewayClientUserPassword", What::error("Forbidden.RAM")));
    let failed = terraform.apply(USER, &before, &planned, &config).await?;
    assert_eq!(errors(&failed.diagnostics).len(), 1);
    assert_eq!(failed.stored.state.attribute("bandwidth"), Some(&3000.into()));
    assert_eq!(failed.stored.state.attribute("password"), Some(&"alices-secret".into()));

    terraform.emulator.clear_calls();
    terraform.converge(USER, failed.stored, &config).await?;
    assert_eq!(terraform.emulator.count("ModifySmartAccessGatewayClientUser"), 0);
    assert_eq!(terraform.emulator.count("ResetSmartAccessGatewayClientUserPassword"), 1);
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_to_create_is_looked_up_and_the_account_adopted() -> Outcome {
    let terraform = Terraform::configured().await?;
    for fault in [What::CloseAfter, What::Truncate, What::Garbage, What::error_after("InternalError")] {
        terraform.emulator.reset();
        terraform.emulator.fault(Fault::new("CreateSmartAccessGatewayClientUser", fault.clone()));
        terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
        assert_eq!(terraform.emulator.count("CreateSmartAccessGatewayClientUser"), 1, "{fault:?}");
        assert_eq!(terraform.emulator.users(DEFAULT_INSTANCE).len(), 1, "{fault:?}");
    }
    terraform.emulator.reset();
    terraform.emulator.fault(Fault::new("CreateSmartAccessGatewayClientUser", What::CloseBefore));
    terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
    assert_eq!(
        terraform.emulator.count("CreateSmartAccessGatewayClientUser"),
        2,
        "it was not there, so it is sent again"
    );
    Ok(())
}

#[tokio::test]
async fn stored_state_without_newer_attributes_is_read() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let raw = br#"{"id":"sag-1:alice.w","sag_id":"sag-1","user_name":"alice.w","bandwidth":2000,"dropped":true}"#;
    let request = wire::upgrade_resource_state::Request {
        type_name: USER.to_owned(),
        version: 0,
        raw_state: Some(wire::RawState { json: raw.to_vec().into(), ..Default::default() }),
    };
    let response = terraform.client().upgrade_resource_state(request).await?.into_inner();
    assert_eq!(texts(&response.diagnostics), [""; 0]);
    let state = crate::terraform::decoded(response.upgraded_state, &terraform.ty(USER))?;
    assert_eq!(state.attribute("bandwidth"), Some(&2000.into()));
    assert_eq!(state.attribute("password"), Some(&Value::Null));
    Ok(())
}

#[tokio::test]
async fn a_create_that_is_stopped_under_way_is_looked_up_and_kept() -> Outcome {
    let terraform = Terraform::configured().await?;
    let config = alice(&terraform, &[]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
    // It acts, and its answer is lost after a second; by then Terraform has asked to stop.
    let mut slow = Fault::new("CreateSmartAccessGatewayClientUser", What::CloseAfter);
    slow.after_ms = 1_000;
    terraform.emulator.fault(slow);
    let nothing = Stored::nothing();
    let stop = async {
        while terraform.emulator.users(DEFAULT_INSTANCE).is_empty() {
            tokio::task::yield_now().await;
        }
        terraform.client().stop_provider(wire::stop_provider::Request {}).await
    };
    let (applied, stopped) = tokio::join!(terraform.apply(USER, &nothing, &planned, &config), stop);
    let (applied, _) = (applied?, stopped?);
    assert_eq!(errors(&applied.diagnostics), [""; 0]);
    assert_eq!(applied.stored.state.attribute("id"), Some(&format!("{DEFAULT_INSTANCE}:alice.w").as_str().into()));
    terraform.converge(USER, applied.stored, &config).await?;
    Ok(())
}

#[tokio::test]
async fn a_create_whose_answer_comes_too_late_is_looked_up_and_kept() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let block = terraform.provider_block(&[("client_read_timeout", 300.into())]);
    assert_eq!(errors(&terraform.configure(block).await?), [""; 0]);
    let mut late = Fault::new("CreateSmartAccessGatewayClientUser", What::Slow);
    late.after_ms = 1_000;
    terraform.emulator.fault(late);
    terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
    assert_eq!(terraform.emulator.users(DEFAULT_INSTANCE).len(), 1);
    assert_eq!(terraform.emulator.count("CreateSmartAccessGatewayClientUser"), 1);
    Ok(())
}

#[tokio::test]
async fn a_delete_whose_answer_is_lost_is_made_again_and_succeeds() -> Outcome {
    let terraform = Terraform::configured().await?;
    for fault in [What::CloseAfter, What::Truncate, What::error_after("InternalError")] {
        let stored = terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
        terraform.emulator.fault(Fault::new("DeleteSmartAccessGatewayClientUser", fault.clone()));
        let gone = terraform.apply(USER, &stored, &Planned::destroy(), &Value::Null).await?;
        assert_eq!((errors(&gone.diagnostics).len(), gone.stored.state), (0, Value::Null), "{fault:?}");
        assert_eq!(terraform.emulator.users(DEFAULT_INSTANCE).len(), 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_with_what_stands_there_and_how_to_take_it_over() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
    let config = alice(&terraform, &[]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
    let refused = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    let [text] = &errors(&refused.diagnostics)[..] else { panic!("{refused:?}") };
    for part in ["alice@example.com", "2000 Kbit/s", "enabled", "import {", "cn-shanghai:sag-emulator0001:alice.w"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(refused.stored.state, Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_disable_or_enable_whose_answer_was_lost_counts_although_the_repetition_is_refused() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.emulator.change_switches(|switches| {
        switches.already_disabled = "User.AlreadyDisabled".to_owned().into();
        switches.already_enabled = "User.AlreadyEnabled".to_owned().into();
    });
    let mut stored = terraform.converge(USER, Stored::nothing(), &alice(&terraform, &[])).await?;
    for (enabled, action) in [(false, "DisableSmartAccessGatewayUser"), (true, "EnableSmartAccessGatewayUser")] {
        terraform.emulator.fault(Fault::new(action, What::CloseAfter));
        stored = terraform.converge(USER, stored, &alice(&terraform, &[("enabled", enabled.into())])).await?;
        assert_eq!(terraform.emulator.users(DEFAULT_INSTANCE)[0].enabled, enabled);
    }
    Ok(())
}

#[tokio::test]
async fn a_create_without_a_name_is_never_sent_twice() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.emulator.fault(Fault::new("CreateSmartAccessGatewayClientUser", What::CloseBefore));
    let config = alice(&terraform, &[("user_name", Value::Null), ("password", Value::Null)]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
    let unclear = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    let [text] = &errors(&unclear.diagnostics)[..] else { panic!("{unclear:?}") };
    assert!(text.contains("not known whether") && text.contains("import {"), "{text}");
    assert_eq!(terraform.emulator.count("CreateSmartAccessGatewayClientUser"), 1);
    terraform.converge(USER, Stored::nothing(), &config).await?;
    Ok(())
}
