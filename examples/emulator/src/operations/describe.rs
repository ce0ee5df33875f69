//! DescribeSmartAccessGatewayClientUsers.

use serde_json::{Value, json};

use super::Ask;
use super::page::{Page, matches};
use crate::account::User;
use crate::instance::Instance;
use crate::refusal::Refusal;
use crate::switches::{ListOrder, PageKey, Switches};

pub(super) fn run(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let switches = ask.switches;
    let page = Page::asked(ask, switches.default_page_size, switches.max_page_size)?;
    let name = ask.parameters.given("UserName");
    let mail = ask.parameters.given("UserMail");
    let mut users: Vec<&User> = instance
        .listed(ask.now, switches)
        .filter(|user| matches(name, &user.name, switches) && matches(mail, &user.mail, switches))
        .collect();
    match switches.list_order {
        ListOrder::OldestFirst => users.sort_by_key(|user| user.number),
        ListOrder::NewestFirst => users.sort_by_key(|user| std::cmp::Reverse(user.number)),
        ListOrder::ByName => {}
    }
    let total = users.len();
    let rows: Vec<Value> = page.of(users).map(|user| row(user, switches)).collect();
    let page_key = match (switches.page_key, ask.wants_xml) {
        (PageKey::PageNumber, _) => "PageNumber",
        (PageKey::PageNo, false) => "PageNo",
        (PageKey::PageNo, true) => "Page",
    };
    Ok(json!({ "TotalCount": total, "PageSize": page.size, page_key: page.number, "Users": { "User": rows } }))
}

fn row(user: &User, switches: &Switches) -> Value {
    let mut row = json!({
        "UserName": user.name,
        "UserMail": user.mail,
        "Bandwidth": user.bandwidth,
        "State": u8::from(!user.is_enabled),
    });
    if let Some(address) = user.reported_ip(switches) {
        row["ClientIp"] = json!(address);
    }
    if switches.is_static_ip {
        row["IsStaticIp"] = json!(u8::from(user.static_ip.is_some()));
    }
    if let Some(bandwidth) = switches.accelerate_bandwidth {
        row["AccelerateBandwidth"] = json!(bandwidth);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_INSTANCE;
    use crate::outside::{NewUser, Outside};
    use crate::switches::{Filter, Oversize};
    use crate::testing::{CREATE, DELETE, Desk, LIST};

    fn fleet(mut desk: Desk, count: u32) -> Desk {
        let (sag_id, prefix) = (DEFAULT_INSTANCE.to_owned(), "worker".to_owned());
        desk.outside(Outside::AddFleet { sag_id, prefix, count });
        desk
    }

    fn names(answer: &Value) -> Vec<&str> {
        answer["Users"]["User"].as_array().unwrap().iter().map(|row| row["UserName"].as_str().unwrap()).collect()
    }

    #[test]
    fn a_row_holds_what_the_documents_list_and_no_address_of_a_dynamic_user() {
        let mut desk = Desk::new().users(&["alice.w"]);
        let bob = NewUser {
            enabled: false,
            client_ip: Some("10.0.0.9".parse().unwrap()),
            ..NewUser::new(DEFAULT_INSTANCE, "bob-w77")
        };
        desk.outside(Outside::AddUser(bob));
        assert_eq!(
            desk.ask(LIST, &[]),
            json!({"TotalCount": 2, "PageSize": 10, "PageNumber": 1, "Users": {"User": [
                {"UserName": "alice.w", "UserMail": "alice.w@example.com", "Bandwidth": 2000, "State": 0,
                 "IsStaticIp": 0, "AccelerateBandwidth": 1000},
                {"UserName": "bob-w77", "UserMail": "bob-w77@example.com", "Bandwidth": 2000, "State": 1,
                 "IsStaticIp": 1, "ClientIp": "10.0.0.9", "AccelerateBandwidth": 1000},
            ]}})
        );
    }

    #[test]
    fn an_empty_list_is_still_a_list() {
        let empty = json!({"TotalCount": 0, "PageSize": 10, "PageNumber": 1, "Users": {"User": []}});
        assert_eq!(Desk::new().ask(LIST, &[]), empty);
    }

    #[test]
    fn pages_add_up_to_the_total() {
        let mut desk = fleet(Desk::new(), 23);
        let mut seen = Vec::new();
        for page in ["1", "2", "3", "4"] {
            let answer = desk.ask(LIST, &[("PageNumber", page)]);
            assert_eq!(answer["TotalCount"], 23);
            seen.push(names(&answer).len());
        }
        assert_eq!(seen, [10, 10, 3, 0]);
        let answer = desk.ask(LIST, &[("PageNo", "3"), ("PageSize", "11")]);
        assert_eq!((names(&answer), &answer["PageNumber"]), (vec!["worker00023"], &json!(3)));
    }

    #[test]
    fn too_large_a_page_is_cut_or_refused() {
        let mut desk = fleet(Desk::new(), 60);
        let answer = desk.ask(LIST, &[("PageSize", "100")]);
        assert_eq!((names(&answer).len(), &answer["PageSize"]), (50, &json!(50)));
        let mut desk = Desk::with(|switches| switches.oversize_page = Oversize::Refuse);
        assert_eq!(desk.refused(LIST, &[("PageSize", "51")]), (403, "InvalidParameter".to_owned()));
    }

    #[test]
    fn page_and_size_are_whole_numbers_from_one_on() {
        for (name, value) in [("PageNumber", "0"), ("PageNumber", "x"), ("PageSize", "0"), ("PageSize", "-1")] {
            assert_eq!(Desk::new().refused(LIST, &[(name, value)]).1, "InvalidParameter", "{name}={value}");
        }
    }

    #[test]
    fn filters_match_exactly_or_loosely() {
        let people = ["alice.w", "alice.w2", "Alice.W"];
        let filter = [("UserName", "alice.w")];
        assert_eq!(names(&Desk::new().users(&people).ask(LIST, &filter)), ["alice.w"]);
        let mut desk = Desk::with(|switches| switches.filter = Filter::Substring).users(&people);
        assert_eq!(names(&desk.ask(LIST, &filter)), ["alice.w", "alice.w2"]);
        let mut desk = Desk::with(|switches| switches.ignore_case = true).users(&people);
        assert_eq!(names(&desk.ask(LIST, &filter)), ["alice.w", "Alice.W"]);
        let mut desk = Desk::new().users(&people);
        assert_eq!(names(&desk.ask(LIST, &[("UserMail", "alice.w2@example.com")])), ["alice.w2"]);
    }

    #[test]
    fn the_order_is_a_switch() {
        for (order, expected) in [
            (ListOrder::OldestFirst, ["walter1", "alice.w"]),
            (ListOrder::NewestFirst, ["alice.w", "walter1"]),
            (ListOrder::ByName, ["alice.w", "walter1"]),
        ] {
            let mut desk = Desk::with(|switches| switches.list_order = order).users(&["walter1", "alice.w"]);
            assert_eq!(desk.listed(), expected, "{order:?}");
        }
    }

    #[test]
    fn the_list_may_lag_behind_writes() {
        let mut desk = Desk::with(|switches| switches.list_lag_ms = 2000).users(&["alice.w"]);
        desk.ask(CREATE, &[("UserMail", "bob@example.com")]);
        desk.ask(DELETE, &[("UserName", "alice.w")]);
        assert_eq!(desk.listed(), ["alice.w"], "as it was");
        assert_eq!(desk.refused(DELETE, &[("UserName", "alice.w")]).1, "ClientUser.NameInvalid", "writes do not lag");
        desk.wait(1999);
        assert_eq!(desk.listed(), ["alice.w"]);
        desk.wait(1);
        assert_eq!(desk.listed(), ["bob@example.com"]);
    }

    #[test]
    fn the_answers_shape_follows_the_switches() {
        let mut desk = Desk::with(|switches| {
            switches.page_key = PageKey::PageNo;
            switches.numbers_as_strings = true;
            switches.is_static_ip = false;
            switches.accelerate_bandwidth = None;
            switches.dynamic_client_ip = true;
        })
        .users(&["alice.w"]);
        assert_eq!(
            desk.ask(LIST, &[]),
            json!({"TotalCount": "1", "PageSize": "10", "PageNo": "1", "Users": {"User": [
                {"UserName": "alice.w", "UserMail": "alice.w@example.com", "Bandwidth": "2000", "State": "0",
                 "ClientIp": "10.0.0.1"},
            ]}})
        );
        let body = desk.reply(LIST, &[("Format", "XML")]).body;
        assert!(body.contains("<Page>1</Page>") && body.contains("<Users><User>"), "{body}");
    }
}
