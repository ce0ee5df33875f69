//! KickOutClients: ends the sessions of an account, which may dial in again. Its parameter is `Username`.

use std::time::Duration;

use serde_json::{Value, json};

use super::Ask;
use crate::instance::Instance;
use crate::refusal::Refusal;

pub(super) fn run(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let name = ask.user_name("Username")?;
    let Some(user) = instance.find(name, ask.switches).cloned() else {
        return ask.absent(name, &ask.switches.absent_user.kick);
    };
    let end = ask.now.plus(Duration::from_millis(ask.switches.kick_lag_ms));
    let ended = instance.account_mut(&user.name).map_or(0, |account| account.end_sessions(ask.now, end));
    if user.is_enabled && ask.switches.redial_after_kick_ms > 0 {
        let since = end.plus(Duration::from_millis(ask.switches.redial_after_kick_ms));
        for _ in 0..ended {
            let Some(address) = user.static_ip.or_else(|| instance.next_address()) else { break };
            if let Some(account) = instance.account_mut(&user.name) {
                account.open_session(ask.now, since, address);
            }
        }
    }
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_INSTANCE;
    use crate::outside::{Outside, UserChange};
    use crate::testing::{CLIENTS, DISABLE, Desk, KICK};

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

    fn since(desk: &mut Desk) -> Vec<String> {
        let body = desk.ask(CLIENTS, &[("UserName", "alice.w")]);
        let rows = body["Users"]["User"].as_array().unwrap();
        rows.iter().map(|row| row["OnlineTime"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn clients_may_dial_in_again_as_new_sessions() {
        let mut desk = Desk::with(|switches| {
            switches.kick_lag_ms = 500;
            switches.redial_after_kick_ms = 2000;
        })
        .users(&["alice.w"]);
        desk.dial_in("alice.w");
        let first = since(&mut desk);
        desk.ask(KICK, &[ALICE]);
        desk.ask(KICK, &[ALICE]);
        assert_eq!(since(&mut desk), first, "a kick takes a while");
        desk.wait(500);
        assert_eq!(online(&mut desk), 0);
        desk.wait(1999);
        assert_eq!(online(&mut desk), 0);
        desk.wait(1);
        let second = since(&mut desk);
        assert_eq!(second.len(), 1, "the second kick ended nothing");
        assert!(second > first, "{second:?} {first:?}");
        desk.ask(KICK, &[ALICE]);
        desk.wait(2500);
        assert!(since(&mut desk) > second, "each kick anew");
    }

    #[test]
    fn a_client_whose_account_is_disabled_or_who_gives_up_does_not_dial_in_again() {
        let close = Outside::CloseSessions { sag_id: DEFAULT_INSTANCE.to_owned(), user_name: "alice.w".to_owned() };
        let disable = UserChange { enabled: Some(false), ..UserChange::of(DEFAULT_INSTANCE, "alice.w") };
        let ends: [&dyn Fn(&mut Desk); 3] = [
            &|desk| drop(desk.ask(DISABLE, &[("UserName", "alice.w")])),
            &|desk| desk.outside(Outside::ChangeUser(disable.clone())),
            &|desk| desk.outside(close.clone()),
        ];
        for end in ends {
            for kick_first in [true, false] {
                let mut desk = Desk::with(|switches| switches.redial_after_kick_ms = 1000).users(&["alice.w"]);
                desk.dial_in("alice.w");
                if kick_first {
                    desk.ask(KICK, &[ALICE]);
                }
                end(&mut desk);
                desk.ask(KICK, &[ALICE]);
                desk.wait(1000);
                assert_eq!(online(&mut desk), 0);
            }
        }
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
