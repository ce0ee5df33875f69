//! STS: AssumeRole, AssumeRoleWithOIDC and GetCallerIdentity.

use std::time::Duration;

use serde_json::{Value, json};

use super::Ask;
use crate::identity::{Identities, Identity, Role, ram_id, role_parts};
use crate::limits;
use crate::refusal::Refusal;

/// The shortest DurationSeconds.
const SESSION_MIN: u64 = 900;
/// DurationSeconds where none is sent.
const SESSION: u64 = 3600;

pub(super) fn assume_role(ask: &Ask<'_>, identities: &mut Identities) -> Result<Value, Refusal> {
    let wish = Wish::read(ask)?;
    let role = wish.role(identities)?;
    let caller = ask.caller.as_ref().ok_or_else(|| Refusal::of("NoPermission"))?;
    if caller.identity == Identity::Account {
        let message = "Roles may not be assumed by root accounts.";
        return Err(Refusal::of("NoPermission").reworded(None, Some(message)));
    }
    let is_told = role.external_id.is_none() || role.external_id.as_deref() == ask.parameters.get("ExternalId");
    if !role.trusts(caller) || !is_told {
        return Err(Refusal::of("NoPermission"));
    }
    wish.grant(ask, identities)
}

pub(super) fn assume_role_with_oidc(ask: &Ask<'_>, identities: &mut Identities) -> Result<Value, Refusal> {
    let wish = Wish::read(ask)?;
    let provider = ask.required("OIDCProviderArn")?;
    let Some(token) = ask.parameters.given("OIDCToken") else {
        let message = "The OIDCToken can not empty.";
        return Err(Refusal::of("AuthenticationFail.OIDCToken.Invalid").reworded(None, Some(message)));
    };
    let is_provider = |role: &Role| role.oidc.as_ref().is_some_and(|oidc| oidc.provider_arn == provider);
    if !identities.roles().iter().any(is_provider) {
        let message = "No such OIDC Provider registered.";
        return Err(Refusal::of("AuthenticationFail.NoPermission").reworded(None, Some(message)));
    }
    let role = wish.role(identities)?;
    let oidc = role.oidc.as_ref().filter(|oidc| oidc.provider_arn == provider);
    let oidc = oidc.ok_or_else(|| Refusal::of("AuthenticationFail.NoPermission"))?;
    if oidc.token != token {
        return Err(Refusal::of("AuthenticationFail.OIDCToken.InvalidSignature"));
    }
    if oidc.expires.is_some_and(|end| end <= ask.now) {
        return Err(Refusal::of("AuthenticationFail.OIDCToken.Expired"));
    }
    wish.grant(ask, identities)
}

pub(super) fn get_caller_identity(ask: &Ask<'_>, _: &mut Identities) -> Result<Value, Refusal> {
    let caller = ask.caller.as_ref().ok_or_else(|| Refusal::missing("AccessKeyId"))?;
    let (arn, account_id) = (caller.arn(), &caller.account_id);
    Ok(match &caller.identity {
        Identity::Account => json!({
            "IdentityType": "Account",
            "AccountId": account_id,
            "PrincipalId": account_id,
            "UserId": account_id,
            "Arn": arn,
        }),
        Identity::User(_) => json!({
            "IdentityType": "RAMUser",
            "AccountId": account_id,
            "PrincipalId": ram_id(&arn),
            "UserId": ram_id(&arn),
            "Arn": arn,
        }),
        Identity::Role { role_name, session_name } => {
            let role_id = ram_id(&crate::identity::role_arn(account_id, role_name));
            json!({
                "IdentityType": "AssumedRoleUser",
                "AccountId": account_id,
                "PrincipalId": format!("{role_id}:{session_name}"),
                "RoleId": role_id,
                "Arn": arn,
            })
        }
    })
}

/// What both ways to assume a role ask for.
struct Wish<'a> {
    role_arn: &'a str,
    account_id: &'a str,
    role_name: &'a str,
    session_name: &'a str,
    /// Seconds.
    duration: u64,
}

impl<'a> Wish<'a> {
    fn read(ask: &Ask<'a>) -> Result<Self, Refusal> {
        let role_arn = ask.required("RoleArn")?;
        let session_name = ask.required("RoleSessionName")?;
        let (account_id, role_name) = role_parts(role_arn).ok_or_else(|| Refusal::of("InvalidParameter.RoleArn"))?;
        if !limits::is_session_name(session_name) {
            return Err(Refusal::of("InvalidParameter.RoleSessionName"));
        }
        let duration = match ask.parameters.given("DurationSeconds") {
            None => SESSION,
            Some(text) => text.parse().map_err(|_| Refusal::of("InvalidParameter.DurationSeconds"))?,
        };
        let is_policy = |text: &str| serde_json::from_str::<Value>(text).is_ok_and(|policy| policy.is_object());
        if !ask.parameters.given("Policy").is_none_or(is_policy) {
            return Err(Refusal::of("InvalidParameter.PolicyGrammar"));
        }
        Ok(Self { role_arn, account_id, role_name, session_name, duration })
    }

    /// The role, if it is there and lets a session last so long.
    fn role<'r>(&self, identities: &'r Identities) -> Result<&'r Role, Refusal> {
        let role = identities.role(self.role_arn).ok_or_else(|| {
            let message = format!("The role not exists: {}.", self.role_name);
            Refusal::of("EntityNotExist.Role").reworded(None, Some(&message))
        })?;
        if !(SESSION_MIN..=role.max_session_s).contains(&self.duration) {
            let message = format!("The Min/Max value of DurationSeconds is {SESSION_MIN}s/{}s.", role.max_session_s);
            return Err(Refusal::of("InvalidParameter.DurationSeconds").reworded(None, Some(&message)));
        }
        Ok(role)
    }

    fn grant(&self, ask: &Ask<'_>, identities: &mut Identities) -> Result<Value, Refusal> {
        let (role_name, session_name) = (self.role_name.to_owned(), self.session_name.to_owned());
        let who = Identity::Role { role_name, session_name };
        let life = Duration::from_secs(self.duration);
        let issued = identities.issue(ask.now, ask.seed, life, self.account_id, who);
        Ok(json!({
            "Credentials": issued.fields(),
            "AssumedRoleUser": {
                "AssumedRoleId": format!("{}:{}", ram_id(self.role_arn), self.session_name),
                "Arn": format!("{}/{}", self.role_arn, self.session_name),
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, DEFAULT_ACCESS_KEY_ID};
    use crate::identity::{AccessKey, Oidc};
    use crate::moment::Moment;
    use crate::outside::Outside;
    use crate::request::Request;
    use crate::testing::{Desk, LIST, Pairs, refusal};

    const ASSUME: &str = "AssumeRole";
    const OIDC: &str = "AssumeRoleWithOIDC";
    const WHO: &str = "GetCallerIdentity";
    const V2015: (&str, &str) = ("Version", "2015-04-01");
    const OPS: &str = "acs:ram::1234567890123456:role/ops";
    const DEV: &str = "acs:ram::2222222222222222:role/dev";
    const PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/ci";
    const GOOD: [(&str, &str); 3] = [V2015, ("RoleArn", OPS), ("RoleSessionName", "terraform")];

    fn desk() -> Desk {
        let oidc = Oidc::new(PROVIDER, "hidden-jwt").expiring(Moment::parse("2024-06-15T13:00:00Z").unwrap());
        let roles = vec![
            Role::new(OPS).trusting(DEFAULT_ACCESS_KEY_ID).with_oidc(oidc).with_max_session(7200),
            Role::new(DEV).trusting(OPS).trusting("told").with_external_id("ext-1"),
        ];
        let mut keys = Config::default().keys;
        let secret = keys[0].secret.clone();
        keys.push(AccessKey::new("root", &secret).held_by(Identity::Account));
        keys.push(AccessKey::new("told", &secret).in_account("2222222222222222"));
        Desk::configured(&Config { roles, keys, ..Config::default() })
    }

    /// The keys of an answer as the parameters of later calls: id, token, secret.
    fn issued(answer: &Value) -> [String; 3] {
        ["AccessKeyId", "SecurityToken", "AccessKeySecret"]
            .map(|name| answer["Credentials"][name].as_str().unwrap().to_owned())
    }

    /// What the holder of an issued key is answered: an error code, or the body.
    fn asks(desk: &mut Desk, [id, token, secret]: &[String; 3], action: &str, own: Pairs<'_>) -> Result<Value, String> {
        let key = [("AccessKeyId", id.as_str()), ("SecurityToken", token)];
        let parameters = desk.parameters(action, &[&key, own].concat());
        let reply = desk.service.answer(desk.now, &Desk::signed_with(secret, "POST", parameters));
        if reply.status == 200 { Ok(serde_json::from_str(&reply.body).unwrap()) } else { Err(refusal(&reply).1) }
    }

    /// A request without key, signature and nonce.
    fn anonymous(desk: &mut Desk, own: Pairs<'_>) -> crate::reply::Reply {
        let common = [("Action", OIDC), V2015, ("Format", "JSON")];
        let parameters = common.iter().chain(own).copied().collect();
        let request = Request { parameters, ..Request::new("POST", "/", "", None, "") };
        desk.service.answer(desk.now, &request)
    }

    #[test]
    fn an_assumed_role_signs_with_its_own_keys_until_they_expire() {
        let mut desk = desk();
        let answer = desk.ask(ASSUME, &GOOD);
        assert_eq!(answer["AssumedRoleUser"]["Arn"], format!("{OPS}/terraform"));
        assert_eq!(answer["Credentials"]["Expiration"], "2024-06-15T13:00:00Z");
        let key = issued(&answer);
        assert!(key[0].starts_with("STS."), "{}", key[0]);
        assert!(asks(&mut desk, &key, LIST, &[]).is_ok());
        desk.wait(3_599_000);
        assert!(asks(&mut desk, &key, LIST, &[]).is_ok());
        desk.wait(1000);
        assert_eq!(asks(&mut desk, &key, LIST, &[]).unwrap_err(), "InvalidSecurityToken.Expired");
    }

    #[test]
    fn equal_stories_issue_equal_keys_and_two_calls_two_keys() {
        let mut first = desk();
        let answer = first.ask(ASSUME, &GOOD);
        assert_eq!(answer, desk().ask(ASSUME, &GOOD));
        first.service.reset();
        assert_ne!(issued(&answer), issued(&first.ask(ASSUME, &GOOD)), "not even after a reset");
    }

    #[test]
    fn what_is_asked_must_be_well_formed() {
        let cases = [
            (("RoleArn", ""), (400, "MissingRoleArn")),
            (("RoleSessionName", ""), (400, "MissingRoleSessionName")),
            (("RoleArn", "ops"), (400, "InvalidParameter.RoleArn")),
            (("RoleArn", "acs:ram::1234567890123456:role/nobody"), (404, "EntityNotExist.Role")),
            (("RoleSessionName", "a"), (400, "InvalidParameter.RoleSessionName")),
            (("RoleSessionName", "a b"), (400, "InvalidParameter.RoleSessionName")),
            (("DurationSeconds", "899"), (400, "InvalidParameter.DurationSeconds")),
            (("DurationSeconds", "7201"), (400, "InvalidParameter.DurationSeconds")),
            (("DurationSeconds", "1h"), (400, "InvalidParameter.DurationSeconds")),
            (("Policy", "allow all"), (400, "InvalidParameter.PolicyGrammar")),
            (("Version", "2018-03-13"), (400, "InvalidVersion")),
        ];
        for (wrong, (status, code)) in cases {
            let own = [&GOOD[..], &[wrong]].concat();
            assert_eq!(desk().refused(ASSUME, &own), (status, code.to_owned()), "{wrong:?}");
        }
        for right in
            [("RoleSessionName", "ab"), ("DurationSeconds", "900"), ("DurationSeconds", "7200"), ("Policy", "{}")]
        {
            desk().ask(ASSUME, &[&GOOD[..], &[right]].concat());
        }
    }

    #[test]
    fn only_who_is_trusted_assumes_a_role() {
        let dev = [V2015, ("RoleArn", DEV), ("RoleSessionName", "terraform")];
        let told = ("AccessKeyId", "told");
        let no = (403, "NoPermission".to_owned());
        assert_eq!(desk().refused(ASSUME, &dev), no, "a key that the role does not name");
        assert_eq!(desk().refused(ASSUME, &[&dev[..], &[told]].concat()), no, "without the external id");
        assert_eq!(desk().refused(ASSUME, &[&dev[..], &[told, ("ExternalId", "ext-2")]].concat()), no);
        desk().ask(ASSUME, &[&dev[..], &[told, ("ExternalId", "ext-1")]].concat());
        let reply = desk().reply(ASSUME, &[&GOOD[..], &[("AccessKeyId", "root")]].concat());
        assert_eq!(refusal(&reply), no);
        assert!(reply.body.contains("root accounts"), "{}", reply.body);
        assert!(reply.body.contains(r#""HostId":"sts.cn-shanghai.aliyuncs.com""#), "{}", reply.body);
    }

    #[test]
    fn roles_assume_roles() {
        let mut desk = desk();
        let ops = issued(&desk.ask(ASSUME, &GOOD));
        let dev = [V2015, ("RoleArn", DEV), ("RoleSessionName", "second"), ("ExternalId", "ext-1")];
        let dev = issued(&asks(&mut desk, &ops, ASSUME, &dev).unwrap());
        let who = asks(&mut desk, &dev, WHO, &[V2015]).unwrap();
        assert_eq!(who["Arn"], "acs:ram::2222222222222222:assumed-role/dev/second");
        assert_eq!((&who["AccountId"], &who["IdentityType"]), (&json!("2222222222222222"), &json!("AssumedRoleUser")));
        let callers: Vec<_> = desk.service.calls().iter().map(|call| call.caller.as_deref().unwrap()).collect();
        assert_eq!(
            callers,
            [
                "acs:ram::1234567890123456:user/emulator",
                "acs:ram::1234567890123456:assumed-role/ops/terraform",
                "acs:ram::2222222222222222:assumed-role/dev/second",
            ]
        );
    }

    #[test]
    fn a_caller_is_told_who_it_is() {
        for (key, account, kind, arn) in [
            (DEFAULT_ACCESS_KEY_ID, "1234567890123456", "RAMUser", "acs:ram::1234567890123456:user/emulator"),
            ("root", "1234567890123456", "Account", "acs:ram::1234567890123456:root"),
            ("told", "2222222222222222", "RAMUser", "acs:ram::2222222222222222:user/emulator"),
        ] {
            let who = desk().ask(WHO, &[V2015, ("AccessKeyId", key)]);
            assert_eq!(
                (&who["AccountId"], &who["IdentityType"], &who["Arn"]),
                (&json!(account), &json!(kind), &json!(arn))
            );
            assert!(who["UserId"].is_string() && who["PrincipalId"].is_string(), "{who}");
        }
    }

    #[test]
    fn a_token_stands_in_for_key_and_signature() {
        let mut desk = desk();
        let own =
            [("RoleArn", OPS), ("RoleSessionName", "ci"), ("OIDCProviderArn", PROVIDER), ("OIDCToken", "hidden-jwt")];
        let reply = anonymous(&mut desk, &own);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let key = issued(&serde_json::from_str(&reply.body).unwrap());
        assert!(asks(&mut desk, &key, LIST, &[]).is_ok());
        let call = &desk.service.calls()[0];
        assert_eq!((call.parameter("OIDCToken"), call.caller.as_deref()), (Some("***"), None));
        assert!(!format!("{:?} {:?}", desk.service, desk.service.calls()).contains("hidden"));
    }

    #[test]
    fn a_wrong_token_provider_or_role_is_refused() {
        let good =
            [("RoleArn", OPS), ("RoleSessionName", "ci"), ("OIDCProviderArn", PROVIDER), ("OIDCToken", "hidden-jwt")];
        let cases = [
            (("OIDCToken", ""), (401, "AuthenticationFail.OIDCToken.Invalid")),
            (("OIDCToken", "other"), (401, "AuthenticationFail.OIDCToken.InvalidSignature")),
            (("OIDCProviderArn", ""), (400, "MissingOIDCProviderArn")),
            (("OIDCProviderArn", "acs:ram::12:oidc-provider/x"), (401, "AuthenticationFail.NoPermission")),
            (("RoleArn", DEV), (401, "AuthenticationFail.NoPermission")),
            (("RoleArn", "acs:ram::12:role/x"), (404, "EntityNotExist.Role")),
            (("Timestamp", "2001-01-01T00:00:00Z"), (400, "InvalidTimeStamp.Expired")),
        ];
        for (wrong, (status, code)) in cases {
            let reply = anonymous(&mut desk(), &[&good[..], &[wrong]].concat());
            assert_eq!(refusal(&reply), (status, code.to_owned()), "{wrong:?}");
        }
        let mut late = desk();
        late.wait(3_600_000);
        assert_eq!(refusal(&anonymous(&mut late, &good)), (401, "AuthenticationFail.OIDCToken.Expired".to_owned()));
    }

    #[test]
    fn roles_keys_and_tokens_change_outside() {
        let mut desk = desk();
        let key = issued(&desk.ask(ASSUME, &GOOD));
        desk.outside(Outside::ExpireTokens);
        assert_eq!(asks(&mut desk, &key, LIST, &[]).unwrap_err(), "InvalidSecurityToken.Expired");
        desk.outside(Outside::AddRole(Role::new(OPS)));
        assert_eq!(desk.refused(ASSUME, &GOOD).1, "NoPermission");
        desk.outside(Outside::RemoveRole { arn: OPS.to_owned() });
        assert_eq!(desk.refused(ASSUME, &GOOD).1, "EntityNotExist.Role");
        desk.outside(Outside::AddKey(AccessKey::new(DEFAULT_ACCESS_KEY_ID, "x").disabled()));
        assert_eq!(desk.refused(ASSUME, &GOOD).1, "InvalidAccessKeyId.Inactive");
        desk.service.reset();
        desk.ask(ASSUME, &GOOD);
    }
}
