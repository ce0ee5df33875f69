//! ResetSmartAccessGatewayClientUserPassword.

use serde_json::{Value, json};

use super::Ask;
use crate::account::Password;
use crate::instance::Instance;
use crate::limits;
use crate::refusal::Refusal;

pub(super) fn run(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let name = ask.user_name("UserName")?;
    let sent = ask.parameters.given("Password");
    if sent.is_some_and(|password| !limits::is_password(password, &ask.switches.password_reset_extra)) {
        return Err(Refusal::of(&ask.switches.bad_password));
    }
    let Some(name) = instance.find(name, ask.switches).map(|user| user.name.clone()) else {
        return ask.absent(name, &ask.switches.absent_user.reset);
    };
    if let Some(account) = instance.account_mut(&name) {
        let made_up = format!("Made-up-again-{:06}", account.password_changes + 1);
        account.set_password(Password::new(sent.unwrap_or(&made_up)));
    }
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_INSTANCE;
    use crate::testing::{Desk, RESET};

    const ALICE: (&str, &str) = ("UserName", "alice.w");

    #[test]
    fn the_new_password_counts_and_the_old_does_not() {
        let mut desk = Desk::new().users(&["alice.w"]);
        let is = |desk: &Desk, password: &str| desk.service.password_is(DEFAULT_INSTANCE, "alice.w", password);
        assert!(is(&desk, "first-pass1"));
        assert_eq!(desk.ask(RESET, &[ALICE, ("Password", "second.pass2")]), json!({}));
        assert!(is(&desk, "second.pass2") && !is(&desk, "first-pass1"));
        desk.ask(RESET, &[ALICE]);
        assert!(!is(&desk, "second.pass2"), "the service makes one up");
        assert_eq!(desk.service.users(desk.now, DEFAULT_INSTANCE)[0].password_changes, 2);
    }

    #[test]
    fn a_bad_password_changes_nothing() {
        let mut desk = Desk::new().users(&["alice.w"]);
        assert_eq!(desk.refused(RESET, &[ALICE, ("Password", "short")]).1, "ClientUser.PasswordInvalid");
        assert_eq!(desk.service.users(desk.now, DEFAULT_INSTANCE)[0].password_changes, 0);
    }

    #[test]
    fn a_name_is_needed_and_must_be_somebodys() {
        let mut desk = Desk::new();
        assert_eq!(desk.refused(RESET, &[]).1, "ClientUser.NameEmpty");
        assert_eq!(desk.refused(RESET, &[ALICE]).1, "ClientUser.NameInvalid");
    }
}
