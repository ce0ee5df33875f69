//! EnableSmartAccessGatewayUser and DisableSmartAccessGatewayUser.

use serde_json::{Value, json};

use super::Ask;
use crate::instance::Instance;
use crate::refusal::Refusal;
use crate::switches::Verdict;

pub(super) fn enable(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    set(ask, instance, true, &ask.switches.absent_user.enable, &ask.switches.already_enabled)
}

pub(super) fn disable(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    set(ask, instance, false, &ask.switches.absent_user.disable, &ask.switches.already_disabled)
}

fn set(
    ask: &Ask<'_>,
    instance: &mut Instance,
    is_enabled: bool,
    absent: &Verdict,
    already: &Verdict,
) -> Result<Value, Refusal> {
    let name = ask.user_name("UserName")?;
    let Some(mut user) = instance.find(name, ask.switches).cloned() else { return ask.absent(name, absent) };
    if user.is_enabled == is_enabled {
        return super::answer(already);
    }
    user.is_enabled = is_enabled;
    if !is_enabled && let Some(account) = instance.account_mut(&user.name) {
        account.call_off_sessions(ask.now);
        if ask.switches.disable_ends_sessions {
            account.end_sessions(ask.now, ask.now);
        }
    }
    ask.write(instance, user);
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CLIENTS, DISABLE, Desk, ENABLE, LIST};

    const ALICE: (&str, &str) = ("UserName", "alice.w");

    fn state(desk: &mut Desk) -> Value {
        desk.ask(LIST, &[])["Users"]["User"][0]["State"].clone()
    }

    #[test]
    fn an_account_goes_off_and_on_again() {
        let mut desk = Desk::new().users(&["alice.w"]);
        assert_eq!(desk.ask(DISABLE, &[ALICE]), json!({}));
        assert_eq!(state(&mut desk), 1);
        desk.ask(DISABLE, &[ALICE]);
        assert_eq!(desk.ask(ENABLE, &[ALICE]), json!({}));
        assert_eq!(state(&mut desk), 0);
        desk.ask(ENABLE, &[ALICE]);
    }

    #[test]
    fn a_second_time_fails_where_a_switch_says_so() {
        let code = || Verdict::Code("IncorrectStatus".to_owned());
        let mut desk = Desk::with(|switches| {
            switches.already_enabled = code();
            switches.already_disabled = code();
        })
        .users(&["alice.w"]);
        assert_eq!(desk.refused(ENABLE, &[ALICE]).1, "IncorrectStatus");
        desk.ask(DISABLE, &[ALICE]);
        assert_eq!(desk.refused(DISABLE, &[ALICE]).1, "IncorrectStatus");
    }

    #[test]
    fn sessions_outlive_disabling_unless_a_switch_says_otherwise() {
        for (ends, left) in [(false, 1), (true, 0)] {
            let mut desk = Desk::with(|switches| switches.disable_ends_sessions = ends).users(&["alice.w"]);
            desk.dial_in("alice.w");
            desk.ask(DISABLE, &[ALICE]);
            assert_eq!(desk.ask(CLIENTS, &[ALICE])["Users"]["User"].as_array().unwrap().len(), left);
        }
    }

    #[test]
    fn a_name_is_needed_and_must_be_somebodys() {
        for action in [ENABLE, DISABLE] {
            assert_eq!(Desk::new().refused(action, &[]).1, "ClientUser.NameEmpty");
            assert_eq!(Desk::new().refused(action, &[ALICE]).1, "ClientUser.NameInvalid");
        }
    }
}
