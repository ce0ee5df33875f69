//! What the API's documents leave open. Each switch has the default that seems likeliest; a client should stand both.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Every choice that the documents do not make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// What each action answers when the account it names does not exist.
    pub absent_user: AbsentUser,
    /// Code for a password that breaks the rules; none is documented.
    pub bad_password: String,
    /// What Enable answers for an account that is enabled.
    pub already_enabled: Verdict,
    /// What Disable answers for an account that is disabled.
    pub already_disabled: Verdict,
    /// How the filters UserName and UserMail of the list, and Name of that of instances, match.
    pub filter: Filter,
    /// Whether names that differ only in case are one account.
    pub ignore_case: bool,
    /// Rows per page when PageSize is not sent; 50 in 2019.
    pub default_page_size: u64,
    /// The most rows that one page holds.
    pub max_page_size: u64,
    /// What a PageSize above the maximum leads to, also in the list of instances.
    pub oversize_page: Oversize,
    /// The order of the list.
    pub list_order: ListOrder,
    /// Milliseconds until the list shows that an account was created or deleted.
    pub list_lag_ms: u64,
    /// Milliseconds until the list shows that an account was modified, enabled or disabled.
    pub change_lag_ms: u64,
    /// Milliseconds until sessions are gone after KickOutClients.
    pub kick_lag_ms: u64,
    /// Milliseconds until the client of a session that KickOutClients ended has dialled in again; 0 is never.
    pub redial_after_kick_ms: u64,
    /// Whether answers tell the ClientIp of an account with a dynamic address.
    pub dynamic_client_ip: bool,
    /// Whether list rows hold IsStaticIp.
    pub is_static_ip: bool,
    /// What the list calls its page in the answer; requests may use either name.
    pub page_key: PageKey,
    /// Whether every number is quoted in JSON.
    pub numbers_as_strings: bool,
    /// Whether OnlineTime and OnlineCount are quoted in JSON.
    pub session_numbers_as_strings: bool,
    /// AccelerateBandwidth of list rows in Kbit/s; null leaves it out.
    pub accelerate_bandwidth: Option<u64>,
    /// Which generation of documents the answer of Create follows.
    pub create_answer: CreateAnswer,
    /// Whether Create must be told a Bandwidth; otherwise 2000 is taken.
    pub bandwidth_required: bool,
    /// Whether Modify must be told a Bandwidth; otherwise it stays as it is.
    pub modify_bandwidth_required: bool,
    /// The highest Bandwidth in Kbit/s: 2000, 5000 or 20000, as the document's age has it.
    pub bandwidth_max: u64,
    /// Whether Modify follows Email; before 2020 it did not.
    pub modify_follows_email: bool,
    /// Whether Modify follows ClientIp and EnableStaticIp, which only one SDK knows.
    pub modify_follows_client_ip: bool,
    /// Whether the answer of Modify holds UserMail.
    pub modify_reports_mail: bool,
    /// Whether the answer of Modify holds ClientIp.
    pub modify_reports_client_ip: bool,
    /// Which of the two codes for a bad ClientIp is sent when.
    pub client_ip_code: ClientIpCode,
    /// What a password may hold besides letters and digits when Create sets it.
    pub password_create_extra: String,
    /// What a password may hold besides letters and digits when Reset sets it.
    pub password_reset_extra: String,
    /// Whether Disable ends the sessions of the account.
    pub disable_ends_sessions: bool,
    /// Whether an account that was used can be deleted once the month is over (UTC).
    pub in_use_ends_with_month: bool,
    /// Whether the session counts have a row for an account that does not exist.
    pub statistics_list_absent: bool,
    /// How the answer with the session counts spells the key of its list.
    pub statistics_key: StatisticsKey,
    /// Code of KMS for a text that it cannot decrypt, or not with this context; none is documented.
    pub bad_ciphertext: String,
    /// Code of KMS for a text whose key lives in another region; documented for a key that does not exist.
    pub foreign_ciphertext: String,
    /// Whether KickOutClients says "DB instance" in SAG.InstanceNoFound, as its page of 2019 does.
    pub kick_says_db_instance: bool,
    /// Whether the metadata service of a machine is there.
    pub metadata: Metadata,
    /// Whether the metadata service wants a token.
    pub metadata_token: MetadataToken,
    /// The role of the machine; null is none.
    pub metadata_role: Option<String>,
    /// The Code with which the metadata service hands out keys; with any but success there are none.
    pub metadata_credentials: Verdict,
    /// The Code with which the credentials URI hands out keys; with any but success there are none.
    pub credentials_uri: Verdict,
    /// Seconds for which keys of the metadata service and the credentials URI are good.
    pub temporary_key_life_s: u64,
    /// Calls per second of one access key before Throttling.User; 0 is no limit. No rate is published.
    pub calls_per_second: u64,
    /// Seconds by which a Timestamp may be off; documented as 900, larger only to move the clock in tests.
    pub clock_skew_limit_s: u64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            absent_user: AbsentUser::default(),
            bad_password: "ClientUser.PasswordInvalid".to_owned(),
            already_enabled: Verdict::Success,
            already_disabled: Verdict::Success,
            filter: Filter::Exact,
            ignore_case: false,
            default_page_size: 10,
            max_page_size: 50,
            oversize_page: Oversize::Clamp,
            list_order: ListOrder::OldestFirst,
            list_lag_ms: 0,
            change_lag_ms: 0,
            kick_lag_ms: 0,
            redial_after_kick_ms: 0,
            dynamic_client_ip: false,
            is_static_ip: true,
            page_key: PageKey::PageNumber,
            numbers_as_strings: false,
            session_numbers_as_strings: true,
            accelerate_bandwidth: Some(1000),
            create_answer: CreateAnswer::Newer,
            bandwidth_required: false,
            modify_bandwidth_required: false,
            bandwidth_max: 20_000,
            modify_follows_email: true,
            modify_follows_client_ip: true,
            modify_reports_mail: true,
            modify_reports_client_ip: true,
            client_ip_code: ClientIpCode::ByCause,
            password_create_extra: "_@-".to_owned(),
            password_reset_extra: "_@.-".to_owned(),
            disable_ends_sessions: false,
            in_use_ends_with_month: true,
            statistics_list_absent: true,
            statistics_key: StatisticsKey::Capital,
            bad_ciphertext: "InvalidParameter".to_owned(),
            foreign_ciphertext: "Forbidden.KeyNotFound".to_owned(),
            kick_says_db_instance: false,
            metadata: Metadata::On,
            metadata_token: MetadataToken::Optional,
            metadata_role: Some("emulator-ecs".to_owned()),
            metadata_credentials: Verdict::Success,
            credentials_uri: Verdict::Success,
            temporary_key_life_s: 21_600,
            calls_per_second: 0,
            clock_skew_limit_s: 900,
        }
    }
}

impl Switches {
    /// These switches with those of `patch` changed; what it does not name stays.
    pub fn merged(&self, patch: serde_json::Value) -> Result<Self, serde_json::Error> {
        let mut whole = serde_json::to_value(self)?;
        merge(&mut whole, patch);
        serde_json::from_value(whole)
    }

    pub(crate) fn list_lag(&self) -> Duration {
        Duration::from_millis(self.list_lag_ms)
    }

    pub(crate) fn change_lag(&self) -> Duration {
        Duration::from_millis(self.change_lag_ms)
    }
}

/// Answers for an account that does not exist, by action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AbsentUser {
    /// DeleteSmartAccessGatewayClientUser.
    pub delete: Verdict,
    /// ModifySmartAccessGatewayClientUser.
    pub modify: Verdict,
    /// ResetSmartAccessGatewayClientUserPassword.
    pub reset: Verdict,
    /// EnableSmartAccessGatewayUser.
    pub enable: Verdict,
    /// DisableSmartAccessGatewayUser.
    pub disable: Verdict,
    /// KickOutClients.
    pub kick: Verdict,
    /// DescribeUserOnlineClients.
    pub sessions: Verdict,
}

impl AbsentUser {
    /// The same answer from every action.
    pub fn all(verdict: &Verdict) -> Self {
        Self {
            delete: verdict.clone(),
            modify: verdict.clone(),
            reset: verdict.clone(),
            enable: verdict.clone(),
            disable: verdict.clone(),
            kick: verdict.clone(),
            sessions: verdict.clone(),
        }
    }
}

impl Default for AbsentUser {
    fn default() -> Self {
        Self::all(&Verdict::Code("ClientUser.NameInvalid".to_owned()))
    }
}

/// Success, or an error code; in JSON the word `success` or the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Verdict {
    /// The call succeeds and changes nothing.
    Success,
    /// The call fails with this code.
    Code(String),
}

impl From<String> for Verdict {
    fn from(text: String) -> Self {
        if text == "success" { Self::Success } else { Self::Code(text) }
    }
}

impl From<Verdict> for String {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Success => "success".to_owned(),
            Verdict::Code(code) => code,
        }
    }
}

/// How a filter of the list matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Only the value itself.
    Exact,
    /// Every value that contains it.
    Substring,
}

/// What a PageSize above the maximum leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oversize {
    /// The maximum is used, and told in the answer.
    Clamp,
    /// InvalidParameter.
    Refuse,
}

/// The order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    /// As accounts were created.
    OldestFirst,
    /// The account created last comes first, so that every creation shifts the pages.
    NewestFirst,
    /// By name, in byte order.
    ByName,
}

/// What the list calls its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKey {
    /// `PageNumber`, since 2021.
    PageNumber,
    /// `PageNo` in JSON and `Page` in XML, as in 2019.
    PageNo,
}

/// How the session counts spell the key of their list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatisticsKey {
    /// As the documents have it.
    #[serde(rename = "Statistics")]
    Capital,
    /// As one example of 2019 has it.
    #[serde(rename = "statistics")]
    Small,
}

impl StatisticsKey {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Capital => "Statistics",
            Self::Small => "statistics",
        }
    }
}

/// Which generation of documents the answer of Create follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateAnswer {
    /// With ClientIp where there is one to tell.
    Newer,
    /// With IsStaticIp besides.
    Y2019,
}

/// Whether the metadata service of a machine is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metadata {
    /// It answers.
    On,
    /// Everything below `/latest/` is 404.
    Off,
    /// It takes requests and never answers.
    Hang,
}

/// Whether the metadata service wants a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetadataToken {
    /// Who shows none is answered; a wrong one is refused.
    Optional,
    /// Who shows none is refused.
    Required,
    /// It has never heard of tokens.
    Unknown,
}

/// Which code a bad ClientIp gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientIpCode {
    /// IpInvalid for what is no address, InvalidClientIp for one outside the CIDR block or taken.
    ByCause,
    /// Always ClientUser.IpInvalid.
    IpInvalid,
    /// Always ClientUser.InvalidClientIp.
    InvalidClientIp,
}

fn merge(whole: &mut serde_json::Value, patch: serde_json::Value) {
    match (whole, patch) {
        (serde_json::Value::Object(whole), serde_json::Value::Object(patch)) => {
            for (name, value) in patch {
                merge(whole.entry(name).or_insert(serde_json::Value::Null), value);
            }
        }
        (whole, patch) => *whole = patch,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_only_what_it_names() {
        let patched = Switches::default()
            .merged(json!({"filter": "substring", "absent_user": {"delete": "success"}, "accelerate_bandwidth": null}))
            .unwrap();
        let mut expected = Switches { filter: Filter::Substring, accelerate_bandwidth: None, ..Switches::default() };
        expected.absent_user.delete = Verdict::Success;
        assert_eq!(patched, expected);
    }

    #[test]
    fn a_misspelt_switch_is_refused_by_name() {
        for patch in [json!({"list_lag": 5}), json!({"absent_user": {"remove": "success"}}), json!({"filter": "fuzzy"})]
        {
            assert!(Switches::default().merged(patch.clone()).is_err(), "{patch}");
        }
        let error = Switches::default().merged(json!({"list_lag": 5})).unwrap_err();
        assert!(error.to_string().contains("list_lag"), "{error}");
    }

    #[test]
    fn the_readme_lists_every_switch_with_its_default() {
        let readme = include_str!("../README.md");
        let switches = serde_json::to_value(Switches::default()).unwrap();
        for (name, value) in switches.as_object().unwrap() {
            let rows: Vec<_> = match value.as_object() {
                Some(group) => group.iter().map(|(inner, value)| (format!("{name}.{inner}"), value)).collect(),
                None => vec![(name.clone(), value)],
            };
            for (name, value) in rows {
                let row = format!("| `{name}` | `{value}` |");
                assert!(readme.contains(&row), "README.md lacks {row}");
            }
        }
    }
}
