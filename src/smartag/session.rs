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
