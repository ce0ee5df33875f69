//! The actions, a file each, and what they share.

mod create;
mod decrypt;
mod delete;
mod describe;
mod enable_disable;
mod gateways;
mod kick_out;
mod modify;
mod page;
mod reset_password;
mod sessions;
mod sts;

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::account::User;
use crate::config::Ciphertext;
use crate::identity::{AccessKey, Identities};
use crate::instance::{Instance, Instances};
use crate::limits;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::request::Parameters;
use crate::switches::{ClientIpCode, Switches, Verdict};

/// A product with an API of its own. All are served on the same port.
#[derive(Debug)]
pub(crate) struct Product {
    /// As links to error pages spell it.
    pub(crate) code: &'static str,
    /// As host names begin.
    pub(crate) host: &'static str,
    /// The only version of its API.
    pub(crate) version: &'static str,
}

pub(crate) static SMARTAG: Product = Product { code: "Smartag", host: "smartag", version: "2018-03-13" };
static KMS: Product = Product { code: "Kms", host: "kms", version: "2016-01-20" };
static STS: Product = Product { code: "Sts", host: "sts", version: "2015-04-01" };

/// One action of an API.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) action: &'static str,
    pub(crate) product: &'static Product,
    /// Whether it is called without a key.
    pub(crate) is_anonymous: bool,
    run: Run,
}

/// What the service holds.
#[derive(Clone, Debug)]
pub(crate) struct Holdings {
    pub(crate) instances: Instances,
    pub(crate) ciphertexts: Vec<Ciphertext>,
    pub(crate) identities: Identities,
}

/// What an action needs besides its parameters.
#[derive(Debug)]
enum Run {
    /// The instance that SmartAGId and RegionId name.
    Instance(fn(&Ask<'_>, &mut Instance) -> Result<Value, Refusal>),
    /// All instances.
    Instances(fn(&Ask<'_>, &Instances) -> Result<Value, Refusal>),
    /// What KMS can decrypt.
    Ciphertexts(fn(&Ask<'_>, &[Ciphertext]) -> Result<Value, Refusal>),
    /// Keys and roles.
    Identities(fn(&Ask<'_>, &mut Identities) -> Result<Value, Refusal>),
}

const OPERATIONS: &[Operation] = &[
    of_instance("CreateSmartAccessGatewayClientUser", create::run),
    of_instance("DeleteSmartAccessGatewayClientUser", delete::run),
    of_instance("DescribeSmartAccessGatewayClientUsers", describe::run),
    of_instance("ModifySmartAccessGatewayClientUser", modify::run),
    of_instance("ResetSmartAccessGatewayClientUserPassword", reset_password::run),
    of_instance("EnableSmartAccessGatewayUser", enable_disable::enable),
    of_instance("DisableSmartAccessGatewayUser", enable_disable::disable),
    of_instance("KickOutClients", kick_out::run),
    of_instance("DescribeUserOnlineClients", sessions::clients),
    of_instance("DescribeUserOnlineClientStatistics", sessions::statistics),
    signed("DescribeSmartAccessGateways", &SMARTAG, Run::Instances(gateways::run)),
    signed("Decrypt", &KMS, Run::Ciphertexts(decrypt::run)),
    signed("AssumeRole", &STS, Run::Identities(sts::assume_role)),
    Operation { is_anonymous: true, ..signed("AssumeRoleWithOIDC", &STS, Run::Identities(sts::assume_role_with_oidc)) },
    signed("GetCallerIdentity", &STS, Run::Identities(sts::get_caller_identity)),
];

const fn signed(action: &'static str, product: &'static Product, run: Run) -> Operation {
    Operation { action, product, is_anonymous: false, run }
}

const fn of_instance(action: &'static str, run: fn(&Ask<'_>, &mut Instance) -> Result<Value, Refusal>) -> Operation {
    signed(action, &SMARTAG, Run::Instance(run))
}

/// The operation of that name; names are case-sensitive.
pub(crate) fn find(action: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.action == action)
}

/// The product that answers for an action; for one that does not exist it is Smartag.
pub(crate) fn product(action: &str) -> &'static Product {
    find(action).map_or(&SMARTAG, |operation| operation.product)
}

impl Operation {
    /// Acts.
    pub(crate) fn run(&self, ask: &Ask<'_>, holdings: &mut Holdings) -> Result<Value, Refusal> {
        let answer = match self.run {
            Run::Instance(run) => run(ask, self.instance(ask, &mut holdings.instances)?)?,
            Run::Instances(run) => run(ask, &holdings.instances)?,
            Run::Ciphertexts(run) => run(ask, &holdings.ciphertexts)?,
            Run::Identities(run) => run(ask, &mut holdings.identities)?,
        };
        Ok(if ask.switches.numbers_as_strings { quoted(answer) } else { answer })
    }

    fn instance<'i>(&self, ask: &Ask<'_>, instances: &'i mut Instances) -> Result<&'i mut Instance, Refusal> {
        let region = ask.parameters.given("RegionId").ok_or_else(|| Refusal::of("MissingParameter"))?;
        let sag_id = ask.parameters.given("SmartAGId").ok_or_else(|| Refusal::of("SAG.InstanceIdEmpty"))?;
        let instance = instances.get_mut(sag_id).filter(|instance| instance.region == region);
        instance.ok_or_else(|| self.instance_not_found(ask.switches))
    }

    fn instance_not_found(&self, switches: &Switches) -> Refusal {
        let slip = switches.kick_says_db_instance && self.action == "KickOutClients";
        Refusal::of("SAG.InstanceNoFound").reworded(None, slip.then_some("The specified DB instance does not exist."))
    }
}

/// What an action is asked.
pub(crate) struct Ask<'a> {
    pub(crate) now: Moment,
    pub(crate) parameters: &'a Parameters,
    pub(crate) switches: &'a Switches,
    pub(crate) wants_xml: bool,
    /// Whose key signed; nobody's where an action is called without one.
    pub(crate) caller: Option<AccessKey>,
    /// What looks like chance in the answer comes from this.
    pub(crate) seed: u64,
}

impl<'a> Ask<'a> {
    /// A parameter that the gateway asks for.
    fn required(&self, parameter: &str) -> Result<&'a str, Refusal> {
        self.parameters.given(parameter).ok_or_else(|| Refusal::missing(parameter))
    }

    /// The account that the parameter names; it must be there.
    fn user_name(&self, parameter: &str) -> Result<&str, Refusal> {
        self.parameters.given(parameter).ok_or_else(|| Refusal::of("ClientUser.NameEmpty"))
    }

    /// What to answer for an account that is not there. A name that could be none's is invalid in any case.
    fn absent(&self, name: &str, verdict: &Verdict) -> Result<Value, Refusal> {
        if !limits::is_user_name(name) && !limits::is_mail(name) {
            return Err(Refusal::of("ClientUser.NameInvalid"));
        }
        answer(verdict)
    }

    /// A number in Kbit/s, if one is sent.
    fn bandwidth(&self) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.parameters.get("Bandwidth") else { return Ok(None) };
        let bandwidth = limits::bandwidth(text, self.switches.bandwidth_max);
        bandwidth.map(Some).ok_or_else(|| Refusal::of("ClientUser.BandwidthInvalid"))
    }

    /// A static address that `user_name` may have in the instance, if one is sent.
    fn client_ip(&self, instance: &Instance, user_name: &str) -> Result<Option<Ipv4Addr>, Refusal> {
        let (no_address, not_this_one) = match self.switches.client_ip_code {
            ClientIpCode::ByCause => ("ClientUser.IpInvalid", "ClientUser.InvalidClientIp"),
            ClientIpCode::IpInvalid => ("ClientUser.IpInvalid", "ClientUser.IpInvalid"),
            ClientIpCode::InvalidClientIp => ("ClientUser.InvalidClientIp", "ClientUser.InvalidClientIp"),
        };
        let text = match self.parameters.get("ClientIp") {
            None => return Ok(None),
            Some("") => return Err(Refusal::of("ClientUser.IpEmpty")),
            Some(text) => text,
        };
        let address: Ipv4Addr = text.parse().map_err(|_| Refusal::of(no_address))?;
        let is_inside = instance.cidr.is_some_and(|cidr| cidr.contains(address));
        if !is_inside || instance.is_taken(address, user_name) {
            return Err(Refusal::of(not_this_one));
        }
        Ok(Some(address))
    }

    /// Writes a changed account back.
    fn write(&self, instance: &mut Instance, user: User) {
        if let Some(account) = instance.account_mut(&user.name.clone()) {
            account.write(self.now, Some(user), self.switches);
        }
    }
}

/// An answer without fields, or the error that a switch names.
fn answer(verdict: &Verdict) -> Result<Value, Refusal> {
    match verdict {
        Verdict::Success => Ok(json!({})),
        Verdict::Code(code) => Err(Refusal::of(code)),
    }
}

/// The same with every number as a string.
fn quoted(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(items) => items.into_iter().map(quoted).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, quoted(value))).collect(),
        other => other,
    }
}
