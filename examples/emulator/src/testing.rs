//! A client for the tests: signs requests and calls the service with a clock of its own.

use std::time::Duration;

use serde_json::Value;

use crate::config::{Config, DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET, DEFAULT_INSTANCE, DEFAULT_REGION};
use crate::moment::Moment;
use crate::outside::{NewUser, Outside};
use crate::reply::Reply;
use crate::request::{Parameters, Request};
use crate::service::Service;
use crate::signature;
use crate::switches::Switches;

pub(crate) const CREATE: &str = "CreateSmartAccessGatewayClientUser";
pub(crate) const DELETE: &str = "DeleteSmartAccessGatewayClientUser";
pub(crate) const LIST: &str = "DescribeSmartAccessGatewayClientUsers";
pub(crate) const MODIFY: &str = "ModifySmartAccessGatewayClientUser";
pub(crate) const RESET: &str = "ResetSmartAccessGatewayClientUserPassword";
pub(crate) const ENABLE: &str = "EnableSmartAccessGatewayUser";
pub(crate) const DISABLE: &str = "DisableSmartAccessGatewayUser";
pub(crate) const KICK: &str = "KickOutClients";
pub(crate) const CLIENTS: &str = "DescribeUserOnlineClients";
pub(crate) const STATISTICS: &str = "DescribeUserOnlineClientStatistics";

pub(crate) const GATEWAYS: &str = "DescribeSmartAccessGateways";
pub(crate) const DECRYPT: &str = "Decrypt";

/// Parameters as the tests write them.
pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

/// A service and the client in front of it.
pub(crate) struct Desk {
    pub(crate) service: Service,
    pub(crate) now: Moment,
    asked: u64,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::configured(&Config::default())
    }

    pub(crate) fn with(change: impl FnOnce(&mut Switches)) -> Self {
        let mut config = Config::default();
        change(&mut config.switches);
        Self::configured(&config)
    }

    pub(crate) fn configured(config: &Config) -> Self {
        let now = Moment::parse("2024-06-15T12:00:00Z").unwrap();
        Self { service: Service::new(config).unwrap(), now, asked: 0 }
    }

    /// Adds accounts as if in the console.
    pub(crate) fn users(mut self, names: &[&str]) -> Self {
        for name in names {
            let user = NewUser { password: Some("first-pass1".to_owned()), ..NewUser::new(DEFAULT_INSTANCE, name) };
            self.outside(Outside::AddUser(user));
        }
        self
    }

    pub(crate) fn outside(&mut self, change: Outside) {
        self.service.outside(self.now, change).unwrap();
    }

    pub(crate) fn dial_in(&mut self, user_name: &str) {
        let (sag_id, user_name) = (DEFAULT_INSTANCE.to_owned(), user_name.to_owned());
        self.outside(Outside::OpenSession { sag_id, user_name, client_ip: None });
    }

    pub(crate) fn wait(&mut self, millis: u64) {
        self.now = self.now.plus(Duration::from_millis(millis));
    }

    /// The common parameters of a good request to the default instance, and these, which win.
    pub(crate) fn parameters(&mut self, action: &str, own: Pairs<'_>) -> Vec<(String, String)> {
        self.asked += 1;
        let (nonce, timestamp) = (format!("nonce-{}", self.asked), self.now.timestamp());
        let common = [
            ("Action", action),
            ("Version", "2018-03-13"),
            ("AccessKeyId", DEFAULT_ACCESS_KEY_ID),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", &nonce),
            ("Timestamp", &timestamp),
            ("RegionId", DEFAULT_REGION),
            ("SmartAGId", DEFAULT_INSTANCE),
        ];
        common.iter().chain(own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// Signs with the default secret.
    pub(crate) fn signed(method: &str, parameters: impl IntoIterator<Item = (String, String)>) -> Request {
        Self::signed_with(DEFAULT_ACCESS_KEY_SECRET, method, parameters)
    }

    pub(crate) fn signed_with(
        secret: &str,
        method: &str,
        parameters: impl IntoIterator<Item = (String, String)>,
    ) -> Request {
        let parameters: Parameters = parameters.into_iter().collect();
        let text = signature::string_to_sign(method, &parameters);
        let signature = ("Signature".to_owned(), signature::sign(secret, &text));
        let owned = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let parameters = owned.chain([signature]).collect();
        Request { parameters, ..Request::new(method, "/", "", None, "") }
    }

    pub(crate) fn reply(&mut self, action: &str, own: Pairs<'_>) -> Reply {
        let request = Self::signed("POST", self.parameters(action, own));
        self.service.answer(self.now, &request)
    }

    /// The body, which must be that of a success.
    pub(crate) fn ask(&mut self, action: &str, own: Pairs<'_>) -> Value {
        let reply = self.reply(action, own);
        assert_eq!(reply.status, 200, "{action}: {}", reply.body);
        let mut body: Value = serde_json::from_str(&reply.body).unwrap();
        let request_id = body.as_object_mut().unwrap().remove("RequestId");
        assert!(request_id.is_some_and(|id| id.as_str().is_some_and(|id| id.len() == 36)), "{}", reply.body);
        body
    }

    /// The HTTP status and code, which must be those of an error.
    pub(crate) fn refused(&mut self, action: &str, own: Pairs<'_>) -> (u16, String) {
        refusal(&self.reply(action, own))
    }

    /// Names on the first page, in the list's order.
    pub(crate) fn listed(&mut self) -> Vec<String> {
        let body = self.ask(LIST, &[("PageSize", "50")]);
        let rows = body["Users"]["User"].as_array().unwrap();
        rows.iter().map(|row| row["UserName"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn refusal(reply: &Reply) -> (u16, String) {
    let body: Value = serde_json::from_str(&reply.body).unwrap();
    let code = body["Code"].as_str().unwrap_or_else(|| panic!("no error: {}", reply.body));
    (reply.status, code.to_owned())
}
