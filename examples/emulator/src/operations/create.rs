//! CreateSmartAccessGatewayClientUser.

use serde_json::{Value, json};

use super::Ask;
use crate::instance::{Draft, Instance};
use crate::limits;
use crate::refusal::Refusal;
use crate::switches::CreateAnswer;

/// Kbit/s, when none is sent.
const DEFAULT_BANDWIDTH: u64 = 2000;

pub(super) fn run(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let mail = ask.parameters.given("UserMail").ok_or_else(|| Refusal::of("ClientUser.EmailEmpty"))?;
    if !limits::is_mail(mail) {
        return Err(Refusal::of("ClientUser.EmailInvalid"));
    }
    let bandwidth = match ask.bandwidth()? {
        Some(bandwidth) => bandwidth,
        None if ask.switches.bandwidth_required => return Err(Refusal::of("ClientUser.BandwidthInvalid")),
        None => DEFAULT_BANDWIDTH.min(ask.switches.bandwidth_max),
    };
    let (name, password) = login(ask, mail)?;
    if instance.cidr.is_none() {
        return Err(Refusal::of("SAG.CidrEmpty"));
    }
    let static_ip = ask.client_ip(instance, name)?;
    if instance.find(name, ask.switches).is_some() {
        return Err(Refusal::of("ClientUser.UserExist"));
    }
    if instance.users().count() >= instance.quota as usize {
        return Err(Refusal::of("ClientUser.UserOverLimit"));
    }
    let user = instance.create(ask.now, &Draft { name, mail, bandwidth, static_ip, is_enabled: true, password });
    let mut answer = json!({ "UserName": user.name, "UserMail": user.mail, "Bandwidth": user.bandwidth });
    if let Some(address) = user.reported_ip(ask.switches) {
        answer["ClientIp"] = json!(address);
    }
    if ask.switches.create_answer == CreateAnswer::Y2019 {
        answer["IsStaticIp"] = json!(u8::from(static_ip.is_some()));
    }
    Ok(answer)
}

/// Name and password: both are sent, or neither, and then the mail address is the name and the service makes the
/// password.
fn login<'a>(ask: &'a Ask<'_>, mail: &'a str) -> Result<(&'a str, Option<&'a str>), Refusal> {
    match (ask.parameters.given("UserName"), ask.parameters.given("Password")) {
        (None, None) => Ok((mail, None)),
        (None, Some(_)) => Err(Refusal::of("ClientUser.NameEmpty")),
        (Some(name), _) if !limits::is_user_name(name) => Err(Refusal::of("ClientUser.NameInvalid")),
        (Some(_), None) => Err(Refusal::of("MissingParameter")),
        (Some(_), Some(password)) if !limits::is_password(password, &ask.switches.password_create_extra) => {
            Err(Refusal::of(&ask.switches.bad_password))
        }
        (Some(name), Some(password)) => Ok((name, Some(password))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, InstanceConfig};
    use crate::testing::{CREATE, DELETE, Desk, Pairs};

    const MAIL: (&str, &str) = ("UserMail", "alice@example.com");
    const ALICE: [(&str, &str); 3] = [("UserName", "alice.w"), ("Password", "pass-1234"), MAIL];

    #[test]
    fn an_account_is_made_as_asked_and_the_password_is_not_told() {
        let mut desk = Desk::new();
        let answer = desk.ask(CREATE, &[&ALICE[..], &[("Bandwidth", "20"), ("ClientIp", "10.0.0.7")]].concat());
        assert_eq!(
            answer,
            json!({"UserName": "alice.w", "UserMail": "alice@example.com", "Bandwidth": 20, "ClientIp": "10.0.0.7"})
        );
        assert!(desk.service.password_is("sag-emulator0001", "alice.w", "pass-1234"));
        assert!(!desk.service.password_is("sag-emulator0001", "alice.w", "pass-12345"));
    }

    #[test]
    fn without_a_name_the_mail_address_is_the_name() {
        let answer = Desk::new().ask(CREATE, &[MAIL]);
        assert_eq!(
            answer,
            json!({"UserName": "alice@example.com", "UserMail": "alice@example.com", "Bandwidth": 2000})
        );
    }

    #[test]
    fn the_answer_of_2019_tells_whether_the_address_is_static() {
        let mut desk = Desk::with(|switches| switches.create_answer = CreateAnswer::Y2019);
        assert_eq!(desk.ask(CREATE, &[MAIL])["IsStaticIp"], 0);
        assert_eq!(desk.ask(CREATE, &[&ALICE[..], &[("ClientIp", "10.0.0.7")]].concat())["IsStaticIp"], 1);
    }

    #[test]
    fn a_dynamic_address_is_told_where_a_switch_says_so() {
        let mut desk = Desk::with(|switches| switches.dynamic_client_ip = true);
        assert_eq!(desk.ask(CREATE, &[MAIL])["ClientIp"], "10.0.0.1");
    }

    #[test]
    fn xml_has_the_action_with_response_as_root() {
        let body = Desk::new().reply(CREATE, &[&ALICE[..], &[("Format", "XML")]].concat()).body;
        assert!(body.contains("<CreateSmartAccessGatewayClientUserResponse><Bandwidth>2000</Bandwidth>"), "{body}");
        assert!(body.contains("<UserName>alice.w</UserName></CreateSmartAccessGatewayClientUserResponse>"), "{body}");
    }

    #[test]
    fn each_broken_rule_has_its_code() {
        let cases: [(Pairs<'_>, (u16, &str)); 21] = [
            (&[("RegionId", "")], (403, "MissingParameter")),
            (&[("RegionId", "eu-central-1")], (400, "SAG.InstanceNoFound")),
            (&[("SmartAGId", "")], (400, "SAG.InstanceIdEmpty")),
            (&[("SmartAGId", "sag-other")], (400, "SAG.InstanceNoFound")),
            (&[("UserMail", "")], (400, "ClientUser.EmailEmpty")),
            (&[("UserMail", "alice")], (400, "ClientUser.EmailInvalid")),
            (&[("Bandwidth", "0")], (400, "ClientUser.BandwidthInvalid")),
            (&[("Bandwidth", "20001")], (400, "ClientUser.BandwidthInvalid")),
            (&[("Bandwidth", "")], (400, "ClientUser.BandwidthInvalid")),
            (&[("UserName", "")], (400, "ClientUser.NameEmpty")),
            (&[("UserName", "alice")], (400, "ClientUser.NameInvalid")),
            (&[("UserName", "_alice.w")], (400, "ClientUser.NameInvalid")),
            (&[("Password", "")], (403, "MissingParameter")),
            (&[("Password", "short")], (400, "ClientUser.PasswordInvalid")),
            (&[("Password", "with.dot1")], (400, "ClientUser.PasswordInvalid")),
            (&[("ClientIp", "")], (400, "ClientUser.IpEmpty")),
            (&[("ClientIp", "10.0.0")], (400, "ClientUser.IpInvalid")),
            (&[("ClientIp", "192.168.0.1")], (400, "ClientUser.InvalidClientIp")),
            (&[("ClientIp", "10.9.9.9")], (400, "ClientUser.InvalidClientIp")),
            (&[("UserName", "existing")], (400, "ClientUser.UserExist")),
            (&[("username", "alice.w"), ("UserName", "")], (400, "ClientUser.NameEmpty")),
        ];
        let mut desk = Desk::new().users(&["existing"]);
        desk.ask(CREATE, &[("UserMail", "taker@example.com"), ("ClientIp", "10.9.9.9")]);
        for (own, (status, code)) in cases {
            let got = desk.refused(CREATE, &[&ALICE[..], own].concat());
            assert_eq!(got, (status, code.to_owned()), "{own:?}");
        }
        assert_eq!(desk.listed(), ["existing", "taker@example.com"]);
    }

    #[test]
    fn an_address_is_free_again_after_its_account() {
        let mut desk = Desk::new();
        let with_ip = [&ALICE[..], &[("ClientIp", "10.0.0.7")]].concat();
        desk.ask(CREATE, &with_ip);
        desk.ask(DELETE, &[("UserName", "alice.w")]);
        desk.ask(CREATE, &with_ip);
    }

    #[test]
    fn an_instance_takes_as_many_accounts_as_it_has_room_for() {
        let instances = vec![InstanceConfig::new("sag-emulator0001").with_quota(1)];
        let mut desk = Desk::configured(&Config { instances, ..Config::default() });
        desk.ask(CREATE, &ALICE);
        assert_eq!(desk.refused(CREATE, &[MAIL]), (400, "ClientUser.UserOverLimit".to_owned()));
    }

    #[test]
    fn an_instance_without_addresses_takes_nobody() {
        let instances = vec![InstanceConfig::new("sag-emulator0001").with_cidr("")];
        let mut desk = Desk::configured(&Config { instances, ..Config::default() });
        assert_eq!(desk.refused(CREATE, &ALICE), (400, "SAG.CidrEmpty".to_owned()));
    }

    #[test]
    fn names_that_differ_in_case_are_one_where_a_switch_says_so() {
        let upper = [&ALICE[..], &[("UserName", "Alice.W")]].concat();
        let mut desk = Desk::new().users(&["alice.w"]);
        desk.ask(CREATE, &upper);
        let mut desk = Desk::with(|switches| switches.ignore_case = true).users(&["alice.w"]);
        assert_eq!(desk.refused(CREATE, &upper), (400, "ClientUser.UserExist".to_owned()));
    }

    #[test]
    fn codes_that_no_document_fixes_follow_the_switches() {
        let mut desk = Desk::with(|switches| {
            switches.bad_password = "InvalidParameter".to_owned();
            switches.client_ip_code = crate::switches::ClientIpCode::IpInvalid;
            switches.bandwidth_required = true;
            switches.bandwidth_max = 5000;
        });
        let all = [&ALICE[..], &[("Bandwidth", "5000")]].concat();
        let mut refused = |own| desk.refused(CREATE, &[&all[..], &[own]].concat());
        assert_eq!(refused(("Password", "short")), (403, "InvalidParameter".to_owned()));
        assert_eq!(refused(("ClientIp", "192.168.0.1")), (400, "ClientUser.IpInvalid".to_owned()));
        assert_eq!(refused(("Bandwidth", "5001")), (400, "ClientUser.BandwidthInvalid".to_owned()));
        assert_eq!(desk.refused(CREATE, &ALICE), (400, "ClientUser.BandwidthInvalid".to_owned()));
    }
}
