//! KickOutClients: ends the sessions of an account, which may dial in again. Its parameter is `Username`.

use std::time::Duration;

use serde_json::{Value, json};

use super::Ask;
use crate::instance::Instance;
use crate::refusal::Refusal;

pub(super) fn run(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let name = ask.user_name("Username")?;
    let Some(name) = instance.find(name, ask.switches).map(|user| user.name.clone()) else {
        return ask.absent(name, &ask.switches.absent_user.kick);
    };
    if let Some(account) = instance.account_mut(&name) {
        account.end_sessions(ask.now.plus(Duration::from_millis(ask.switches.kick_lag_ms)));
    }
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CLIENTS, Desk, KICK};

    const ALICE: (&str, &str) = ("Username", "alice.w");

    fn online(desk: &mut Desk) -> usize {
        desk.ask(CLIENTS, &[("UserName", "alice.w")])["Users"]["User"].as_array().unwrap().len()
    }

    #[test]
    fn sessions_end_and_new_ones_may_begin() {
        let mut desk = Desk::new().users(&["alice.w"]);
        desk.dial_in("alice.w");
        desk.dial_in("alice.w");
        assert_eq!(online(&mut desk), 2);
        assert_eq!(desk.ask(KICK, &[ALICE]), json!({}));
        assert_eq!(online(&mut desk), 0);
        desk.ask(KICK, &[ALICE]);
        desk.dial_in("alice.w");
        assert_eq!(online(&mut desk), 1);
    }

    #[test]
    fn sessions_may_take_a_while_to_end() {
        let mut desk = Desk::with(|switches| switches.kick_lag_ms = 500).users(&["alice.w"]);
        desk.dial_in("alice.w");
        desk.ask(KICK, &[ALICE]);
        assert_eq!(online(&mut desk), 1);
        desk.wait(500);
        assert_eq!(online(&mut desk), 0);
    }

    #[test]
    fn the_parameter_has_a_small_n() {
        let mut desk = Desk::new().users(&["alice.w"]);
        assert_eq!(desk.refused(KICK, &[("UserName", "alice.w")]).1, "ClientUser.NameEmpty");
        assert_eq!(desk.refused(KICK, &[("Username", "nobody7")]).1, "ClientUser.NameInvalid");
    }

    #[test]
    fn the_page_of_2019_speaks_of_a_db_instance() {
        let mut desk = Desk::with(|switches| switches.kick_says_db_instance = true);
        let body = desk.reply(KICK, &[ALICE, ("SmartAGId", "sag-x")]).body;
        assert!(body.contains("The specified DB instance does not exist."), "{body}");
        let body = Desk::new().reply(KICK, &[ALICE, ("SmartAGId", "sag-x")]).body;
        assert!(body.contains("The specified SAG instance does not exist."), "{body}");
    }
}
