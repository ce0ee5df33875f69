//! ModifySmartAccessGatewayClientUser.

use serde_json::{Value, json};

use super::Ask;
use crate::account::User;
use crate::instance::Instance;
use crate::limits;
use crate::refusal::Refusal;

pub(super) fn run(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let switches = ask.switches;
    let name = ask.user_name("UserName")?;
    let bandwidth = ask.bandwidth()?;
    if bandwidth.is_none() && switches.modify_bandwidth_required {
        return Err(Refusal::of("ClientUser.BandwidthInvalid"));
    }
    let Some(mut user) = instance.find(name, switches).cloned() else {
        return ask.absent(name, &switches.absent_user.modify);
    };
    user.bandwidth = bandwidth.unwrap_or(user.bandwidth);
    // An unknown parameter is ignored, whatever it holds: so is this one before 2020.
    if let Some(mail) = ask.parameters.given("Email").filter(|_| switches.modify_follows_email) {
        if !limits::is_mail(mail) {
            return Err(Refusal::of("ClientUser.EmailInvalid"));
        }
        mail.clone_into(&mut user.mail);
    }
    if switches.modify_follows_client_ip {
        follow_address(ask, instance, &mut user)?;
    }
    let mut answer = json!({ "UserName": user.name, "Bandwidth": user.bandwidth });
    if switches.modify_reports_mail {
        answer["UserMail"] = json!(user.mail);
    }
    if let Some(address) = user.reported_ip(switches).filter(|_| switches.modify_reports_client_ip) {
        answer["ClientIp"] = json!(address);
    }
    ask.write(instance, user);
    Ok(answer)
}

/// `EnableStaticIp=false` makes the address dynamic; `true`, or a ClientIp alone, makes it static.
fn follow_address(ask: &Ask<'_>, instance: &mut Instance, user: &mut User) -> Result<(), Refusal> {
    let wants_static = match ask.parameters.given("EnableStaticIp") {
        None => None,
        Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Some(_) => return Err(Refusal::of("InvalidParameter")),
    };
    if wants_static == Some(false) {
        if user.static_ip.take().is_some() {
            user.dynamic_ip = instance.next_address();
        }
        return Ok(());
    }
    let address = ask.client_ip(instance, &user.name)?;
    user.static_ip = address.or(user.static_ip);
    if wants_static == Some(true) && user.static_ip.is_none() {
        return Err(Refusal::of("ClientUser.IpEmpty"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Desk, LIST, MODIFY, Pairs};

    const ALICE: (&str, &str) = ("UserName", "alice.w");

    fn desk() -> Desk {
        Desk::new().users(&["alice.w"])
    }

    #[test]
    fn what_is_sent_changes_and_the_rest_stays() {
        let mut desk = desk();
        assert_eq!(
            desk.ask(MODIFY, &[ALICE, ("Bandwidth", "50")]),
            json!({"UserName": "alice.w", "UserMail": "alice.w@example.com", "Bandwidth": 50})
        );
        assert_eq!(
            desk.ask(MODIFY, &[ALICE, ("Email", "new@example.com")]),
            json!({"UserName": "alice.w", "UserMail": "new@example.com", "Bandwidth": 50})
        );
        let row = &desk.ask(LIST, &[])["Users"]["User"][0];
        assert_eq!((&row["UserMail"], &row["Bandwidth"]), (&json!("new@example.com"), &json!(50)));
    }

    #[test]
    fn the_mail_address_is_called_email_here() {
        let answer = desk().ask(MODIFY, &[ALICE, ("UserMail", "new@example.com"), ("Bandwidth", "50")]);
        assert_eq!(answer["UserMail"], "alice.w@example.com");
    }

    #[test]
    fn an_address_becomes_static_and_dynamic_again() {
        let mut desk = desk();
        assert_eq!(desk.refused(MODIFY, &[ALICE, ("EnableStaticIp", "true")]).1, "ClientUser.IpEmpty");
        let answer = desk.ask(MODIFY, &[ALICE, ("EnableStaticIp", "true"), ("ClientIp", "10.0.0.7")]);
        assert_eq!(answer["ClientIp"], "10.0.0.7");
        assert_eq!(desk.ask(MODIFY, &[ALICE, ("ClientIp", "10.0.0.8")])["ClientIp"], "10.0.0.8");
        let answer = desk.ask(MODIFY, &[ALICE, ("EnableStaticIp", "false")]);
        assert_eq!(answer.get("ClientIp"), None);
    }

    #[test]
    fn an_address_that_became_dynamic_is_told_where_a_switch_says_so() {
        let mut desk = Desk::with(|switches| switches.dynamic_client_ip = true).users(&["alice.w"]);
        desk.ask(MODIFY, &[ALICE, ("ClientIp", "10.0.0.7")]);
        let answer = desk.ask(MODIFY, &[ALICE, ("EnableStaticIp", "false")]);
        assert_eq!(answer["ClientIp"], "10.0.0.2", "the next one");
    }

    #[test]
    fn a_dynamic_address_that_was_never_static_stays_the_same() {
        let mut desk = Desk::with(|switches| switches.dynamic_client_ip = true).users(&["alice.w"]);
        assert_eq!(desk.ask(MODIFY, &[ALICE, ("EnableStaticIp", "false")])["ClientIp"], "10.0.0.1");
    }

    #[test]
    fn each_broken_rule_has_its_code_and_nothing_changes() {
        let cases: [(Pairs<'_>, &str); 9] = [
            (&[("UserName", "")], "ClientUser.NameEmpty"),
            (&[("UserName", "x")], "ClientUser.NameInvalid"),
            (&[("UserName", "nobody7")], "ClientUser.NameInvalid"),
            (&[("Bandwidth", "0")], "ClientUser.BandwidthInvalid"),
            (&[("Bandwidth", "30"), ("Email", "none")], "ClientUser.EmailInvalid"),
            (&[("Bandwidth", "30"), ("ClientIp", "none")], "ClientUser.IpInvalid"),
            (&[("Bandwidth", "30"), ("ClientIp", "192.168.0.1")], "ClientUser.InvalidClientIp"),
            (&[("Bandwidth", "30"), ("EnableStaticIp", "yes")], "InvalidParameter"),
            (&[("SmartAGId", "")], "SAG.InstanceIdEmpty"),
        ];
        let mut desk = desk();
        for (own, code) in cases {
            assert_eq!(desk.refused(MODIFY, &[&[ALICE], own].concat()).1, code, "{own:?}");
        }
        assert_eq!(desk.ask(LIST, &[])["Users"]["User"][0]["Bandwidth"], 2000);
    }

    #[test]
    fn an_older_service_ignores_mail_and_address_and_tells_less() {
        let mut desk = Desk::with(|switches| {
            switches.modify_follows_email = false;
            switches.modify_follows_client_ip = false;
            switches.modify_reports_mail = false;
            switches.modify_bandwidth_required = true;
        })
        .users(&["alice.w"]);
        let own = [ALICE, ("Bandwidth", "50"), ("Email", "new@example.com"), ("ClientIp", "10.0.0.7")];
        assert_eq!(desk.ask(MODIFY, &own), json!({"UserName": "alice.w", "Bandwidth": 50}));
        let row = &desk.ask(LIST, &[])["Users"]["User"][0];
        assert_eq!((&row["UserMail"], &row["IsStaticIp"]), (&json!("alice.w@example.com"), &json!(0)));
        assert_eq!(desk.refused(MODIFY, &[ALICE]).1, "ClientUser.BandwidthInvalid");
    }
}
