//! Sessions: who is dialled in.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use super::decode::{self, Problem};

/// A client that is dialled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlineClient {
    /// The address it has; absent where the service gave none.
    pub client_ip: Option<String>,
    /// When it dialled in, in UTC and whole seconds.
    pub online_since: OffsetDateTime,
}

impl OnlineClient {
    /// Reads an element of `Users.User`.
    fn read(json: &Value) -> Result<Self, Problem> {
        let since = decode::integer(json, "OnlineTime")?.ok_or_else(|| Problem::missing("OnlineTime"))?;
        Ok(Self {
            client_ip: decode::text(json, "ClientIp")?.filter(|address| !address.is_empty()),
            online_since: OffsetDateTime::from_unix_timestamp(since)
                .map_err(|_| Problem::wrong("OnlineTime", "no time in seconds since 1970"))?,
        })
    }
}

/// Reads the sessions of a user.
pub fn read_clients(json: &Value) -> Result<Vec<OnlineClient>, Problem> {
    let rows = decode::list(json, "Users.User")?.ok_or_else(|| Problem::missing("Users.User"))?;
    rows.iter().map(OnlineClient::read).collect()
}

/// Reads the numbers of sessions into `counts`; users who are not in it were not asked for and are left out.
pub fn read_counts(json: &Value, counts: &mut BTreeMap<String, u64>) -> Result<(), Problem> {
    const LIST: &str = "UserStatistics.Statistics";
    for row in decode::list(json, LIST)?.ok_or_else(|| Problem::missing(LIST))? {
        let user_name = decode::text(row, "UserName")?.ok_or_else(|| Problem::missing("UserName"))?;
        let count = decode::number(row, "OnlineCount")?.ok_or_else(|| Problem::missing("OnlineCount"))?;
        counts.entry(user_name).and_modify(|known| *known = count.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn sessions_are_read_from_every_shape_that_the_sources_show() {
        let since = datetime!(2019-05-29 10:25:19 UTC);
        let at =
            |client_ip: Option<&str>| OnlineClient { client_ip: client_ip.map(str::to_owned), online_since: since };
        for (json, expected) in [
            (
                json!({"Users": {"User": [{"ClientIp": "10.0.0.7", "OnlineTime": "1559125519"}]}}),
                vec![at(Some("10.0.0.7"))],
            ),
            (
                json!({"Users": {"User": [{"OnlineTime": 1_559_125_519}, {"ClientIp": "", "OnlineTime": 1_559_125_519}]}}),
                vec![at(None), at(None)],
            ),
            (json!({"Users": [{"ClientIp": "10.0.0.7", "OnlineTime": "1559125519"}]}), vec![at(Some("10.0.0.7"))]),
            (json!({"Users": {"User": []}}), vec![]),
            (json!({"Users": {}}), vec![]),
        ] {
            assert_eq!(read_clients(&json), Ok(expected), "{json}");
        }
    }

    #[test]
    fn counts_are_read_from_every_shape_that_the_sources_show() {
        let row = |count: Value| json!([{"UserName": "anna", "OnlineCount": count}, {"UserName": "stranger", "OnlineCount": 9}]);
        for (json, anna) in [
            (json!({"UserStatistics": {"Statistics": row(json!("2"))}}), 2),
            (json!({"UserStatistics": {"Statistics": row(json!(2))}}), 2),
            (json!({"UserStatistics": {"statistics": row(json!("0"))}}), 0),
            (json!({"UserStatistics": row(json!(3))}), 3),
            (json!({"UserStatistics": {"Statistics": []}}), 0),
            (json!({"UserStatistics": {}}), 0),
        ] {
            let asked = [("anna".to_owned(), 0), ("bert".to_owned(), 0)];
            let mut counts = BTreeMap::from(asked.clone());
            assert_eq!(read_counts(&json, &mut counts), Ok(()), "{json}");
            assert_eq!(counts, BTreeMap::from([("anna".to_owned(), anna), asked[1].clone()]), "{json}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_understood_never_means_that_nobody_is_online() {
        for (json, field) in [
            (json!({}), "Users.User"),
            (json!({"Users": null}), "Users.User"),
            (json!({"Users": {"User": "anna"}}), "Users.User"),
            (json!({"Users": {"User": [{"ClientIp": "10.0.0.7"}]}}), "OnlineTime"),
            (json!({"Users": {"User": [{"OnlineTime": "now"}]}}), "OnlineTime"),
            (json!({"Users": {"User": [{"OnlineTime": i64::MAX}]}}), "OnlineTime"),
        ] {
            let problem = read_clients(&json).unwrap_err().to_string();
            assert!(problem.contains(field), "{json}: {problem}");
        }
        for (json, field) in [
            (json!({}), "UserStatistics.Statistics"),
            (json!({"UserStatistics": 7}), "UserStatistics.Statistics"),
            (json!({"UserStatistics": {"Statistics": [{"OnlineCount": 1}]}}), "UserName"),
            (json!({"UserStatistics": {"Statistics": [{"UserName": "anna"}]}}), "OnlineCount"),
            (json!({"UserStatistics": {"Statistics": [{"UserName": "anna", "OnlineCount": "many"}]}}), "OnlineCount"),
        ] {
            let problem = read_counts(&json, &mut BTreeMap::new()).unwrap_err().to_string();
            assert!(problem.contains(field), "{json}: {problem}");
        }
    }
}
