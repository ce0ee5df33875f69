//! DescribeUserOnlineClients and DescribeUserOnlineClientStatistics.

use serde_json::{Value, json};

use super::Ask;
use crate::instance::Instance;
use crate::refusal::Refusal;
use crate::switches::Switches;

/// The most names that one call may count.
const NAMES_MAX: usize = 50;

pub(super) fn clients(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let name = ask.user_name("UserName")?;
    let Some(user) = instance.find(name, ask.switches) else {
        ask.absent(name, &ask.switches.absent_user.sessions)?;
        return Ok(json!({ "Users": { "User": [] } }));
    };
    let rows: Vec<Value> = instance
        .account(&user.name)
        .into_iter()
        .flat_map(|account| account.sessions(ask.now))
        .map(|session| {
            json!({ "ClientIp": session.client_ip, "OnlineTime": number(session.since.seconds(), ask.switches) })
        })
        .collect();
    Ok(json!({ "Users": { "User": rows } }))
}

pub(super) fn statistics(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let names = ask.parameters.list("UserNames");
    if names.is_empty() {
        return Err(Refusal::of("ClientUser.NameEmpty"));
    }
    if names.len() > NAMES_MAX {
        return Err(Refusal::of("InvalidParameter"));
    }
    let rows: Vec<Value> = names.iter().filter_map(|name| count(ask, instance, name)).collect();
    Ok(json!({ "UserStatistics": { ask.switches.statistics_key.text(): rows } }))
}

fn count(ask: &Ask<'_>, instance: &Instance, name: &str) -> Option<Value> {
    let user = instance.find(name, ask.switches);
    if user.is_none() && !ask.switches.statistics_list_absent {
        return None;
    }
    let account = user.and_then(|user| instance.account(&user.name));
    let online = account.map_or(0, |account| account.sessions(ask.now).count());
    let name = user.map_or(name, |user| &user.name);
    Some(json!({ "UserName": name, "OnlineCount": number(online as u64, ask.switches) }))
}

fn number(value: u64, switches: &Switches) -> Value {
    if switches.session_numbers_as_strings { json!(value.to_string()) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::switches::{StatisticsKey, Verdict};
    use crate::testing::{CLIENTS, Desk, STATISTICS};

    const ALICE: (&str, &str) = ("UserName", "alice.w");

    #[test]
    fn a_session_has_an_address_and_the_second_it_began() {
        let mut desk = Desk::new().users(&["alice.w"]);
        desk.dial_in("alice.w");
        assert_eq!(
            desk.ask(CLIENTS, &[ALICE]),
            json!({"Users": {"User": [{"ClientIp": "10.0.0.2", "OnlineTime": "1718452800"}]}})
        );
    }

    #[test]
    fn sessions_are_counted_by_user() {
        let mut desk = Desk::new().users(&["alice.w", "bob-w77"]);
        desk.dial_in("alice.w");
        let names = [("UserNames.1", "alice.w"), ("UserNames.2", "bob-w77"), ("UserNames.3", "nobody7")];
        assert_eq!(
            desk.ask(STATISTICS, &names),
            json!({"UserStatistics": {"Statistics": [
                {"UserName": "alice.w", "OnlineCount": "1"},
                {"UserName": "bob-w77", "OnlineCount": "0"},
                {"UserName": "nobody7", "OnlineCount": "0"},
            ]}})
        );
    }

    #[test]
    fn numbers_and_absent_accounts_follow_the_switches() {
        let mut desk = Desk::with(|switches| {
            switches.session_numbers_as_strings = false;
            switches.statistics_list_absent = false;
            switches.statistics_key = StatisticsKey::Small;
            switches.absent_user.sessions = Verdict::Success;
        })
        .users(&["alice.w"]);
        let names = [("UserNames.1", "alice.w"), ("UserNames.2", "nobody7")];
        assert_eq!(
            desk.ask(STATISTICS, &names),
            json!({"UserStatistics": {"statistics": [{"UserName": "alice.w", "OnlineCount": 0}]}})
        );
        assert_eq!(desk.ask(CLIENTS, &[("UserName", "nobody7")]), json!({"Users": {"User": []}}));
    }

    #[test]
    fn names_are_needed_and_no_more_than_fifty() {
        let mut desk = Desk::new();
        assert_eq!(desk.refused(CLIENTS, &[]).1, "ClientUser.NameEmpty");
        assert_eq!(desk.refused(CLIENTS, &[ALICE]).1, "ClientUser.NameInvalid");
        assert_eq!(desk.refused(STATISTICS, &[]).1, "ClientUser.NameEmpty");
        let names: Vec<String> = (1..=51).map(|n| format!("UserNames.{n}")).collect();
        let own: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "alice.w")).collect();
        assert_eq!(desk.refused(STATISTICS, &own).1, "InvalidParameter");
        desk.ask(STATISTICS, &own[..50]);
    }
}
