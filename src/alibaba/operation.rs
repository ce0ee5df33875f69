//! What is called: product, operation and parameters, as data.

use std::borrow::Cow;
use std::fmt;

use zeroize::Zeroizing;

/// A product of Alibaba Cloud with an RPC-style API.
#[derive(Debug)]
pub struct Product {
    /// The code that stands in host names, in RAM actions and (upper-case) in environment variables: `smartag`.
    pub code: &'static str,
    /// The version of the API: `2018-03-13`.
    pub version: &'static str,
    /// The published hosts as (region, host). Regions that are not listed follow `<code>.<region>.aliyuncs.com`.
    pub endpoints: &'static [(&'static str, &'static str)],
    /// The regions without a host within VPCs; all others follow `<code>-vpc.<region>.aliyuncs.com`.
    pub without_vpc: &'static [&'static str],
    /// The product's own codes for "busy, try again": nothing was done, and the same call will succeed later.
    pub transient_codes: &'static [&'static str],
    /// The product's own codes that stay true however often they are asked, though they may come with HTTP 5xx.
    pub final_codes: &'static [&'static str],
}

/// One action of a product, with what the client must know to call it safely.
#[derive(Debug)]
pub struct Operation {
    /// The value of the parameter `Action`.
    pub action: &'static str,
    /// Whether a second call does no harm when nobody knows what became of the first.
    pub idempotent: bool,
    /// Parameters whose values never show in errors or logs.
    pub secret_parameters: &'static [&'static str],
}

/// The parameters of one call, without those that every call has. All values are wiped when dropped.
#[derive(Clone, Default)]
pub struct Parameters(Vec<(Cow<'static, str>, Zeroizing<String>)>);

impl Parameters {
    /// No parameters yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one parameter.
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), Zeroizing::new(value.into())));
        self
    }

    /// Adds a parameter if there is a value for it; without one the parameter is left out, not sent empty.
    pub fn with_optional(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a repeated parameter: `Names.1`, `Names.2`, …
    pub fn with_list(self, name: &str, values: &[impl AsRef<str>]) -> Self {
        let numbered = values.iter().zip(1_u32..);
        numbered.fold(self, |all, (value, number)| all.with(format!("{name}.{number}"), value.as_ref()))
    }

    /// The parameters as (name, value), in the order they were added.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }
}

impl fmt::Debug for Parameters {
    /// Names only: which of the values are secret is known to the operation, not to the parameters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_names_and_no_value() {
        let parameters = Parameters::new().with("UserName", "anna").with("Password", "hunter2-hunter2");
        assert_eq!(format!("{parameters:?}"), r#"["UserName", "Password"]"#);
    }

    #[test]
    fn an_absent_value_is_no_parameter() {
        let parameters =
            Parameters::new().with_optional("ClientIp", None::<String>).with_optional("UserName", Some("a"));
        assert_eq!(parameters.iter().collect::<Vec<_>>(), [("UserName", "a")]);
    }
}
