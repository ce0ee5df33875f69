//! Names of environment variables: the documented one first, then those that alicloud and older tools read.

use super::environment::FAMILIES;
use crate::world::{World, is_on};

/// A setting that the environment can give, under several names.
#[derive(Clone, Copy, Debug)]
pub struct Variable(&'static [&'static str]);

impl Variable {
    /// Region of the instances.
    pub const REGION: Self =
        Self(&["ALIBABA_CLOUD_REGION", "ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION", "ALIBABACLOUD_REGION"]);
    /// Name of a profile.
    pub const PROFILE: Self = Self(&["ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE", "ALIBABACLOUD_PROFILE"]);
    /// File with profiles, of either kind.
    pub const CREDENTIALS_FILE: Self = Self(&[
        "ALIBABA_CLOUD_CREDENTIALS_FILE",
        "ALIBABA_CLOUD_CONFIG_FILE",
        "ALICLOUD_SHARED_CREDENTIALS_FILE",
        "ALIBABACLOUD_CREDENTIALS_FILE",
    ]);
    /// URL that hands out keys.
    pub const CREDENTIALS_URI: Self =
        Self(&["ALIBABA_CLOUD_CREDENTIALS_URI", "ALICLOUD_CREDENTIALS_URI", "ALIBABACLOUD_CREDENTIALS_URI"]);
    /// RAM role of an ECS instance.
    pub const ECS_ROLE_NAME: Self =
        Self(&["ALIBABA_CLOUD_ECS_METADATA", "ALICLOUD_ECS_ROLE_NAME", "ALIBABACLOUD_ECS_METADATA"]);
    /// ARN of a role to assume.
    pub const ROLE_ARN: Self = Self(&["ALIBABA_CLOUD_ROLE_ARN", "ALICLOUD_ASSUME_ROLE_ARN", "ALIBABACLOUD_ROLE_ARN"]);
    /// Name of the session with an assumed role.
    pub const ROLE_SESSION_NAME: Self = Self(&[
        "ALIBABA_CLOUD_ROLE_SESSION_NAME",
        "ALICLOUD_ASSUME_ROLE_SESSION_NAME",
        "ALIBABACLOUD_ROLE_SESSION_NAME",
    ]);
    /// Seconds that the session lasts.
    pub const ROLE_SESSION_EXPIRATION: Self =
        Self(&["ALIBABA_CLOUD_ROLE_SESSION_EXPIRATION", "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"]);
    /// ARN of the OIDC provider.
    pub const OIDC_PROVIDER_ARN: Self =
        Self(&["ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALICLOUD_OIDC_PROVIDER_ARN", "ALIBABACLOUD_OIDC_PROVIDER_ARN"]);
    /// File with the OIDC token.
    pub const OIDC_TOKEN_FILE: Self =
        Self(&["ALIBABA_CLOUD_OIDC_TOKEN_FILE", "ALICLOUD_OIDC_TOKEN_FILE", "ALIBABACLOUD_OIDC_TOKEN_FILE"]);
    /// The OIDC token itself.
    pub const OIDC_TOKEN: Self = Self(&["ALIBABA_CLOUD_OIDC_TOKEN", "ALICLOUD_OIDC_TOKEN", "ALIBABACLOUD_OIDC_TOKEN"]);
    /// Region whose STS is asked.
    pub const STS_REGION: Self = Self(&["ALIBABA_CLOUD_STS_REGION"]);
    /// `vpc`: all products are called within a VPC.
    pub const ENDPOINT_TYPE: Self =
        Self(&["ALIBABA_CLOUD_ENDPOINT_TYPE", "ALICLOUD_ENDPOINT_TYPE", "ALIBABACLOUD_ENDPOINT_TYPE"]);
    /// `true`: STS is asked through the endpoint within a VPC.
    pub const VPC_ENDPOINT: Self = Self(&["ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"]);
    /// `true`: a region that is not published is accepted.
    pub const SKIP_REGION_VALIDATION: Self =
        Self(&["ALIBABA_CLOUD_SKIP_REGION_VALIDATION", "ALICLOUD_SKIP_REGION_VALIDATION"]);
    /// Address that RAM policies see.
    pub const SOURCE_IP: Self = Self(&["ALIBABA_CLOUD_SOURCE_IP", "ALICLOUD_SOURCE_IP"]);
    /// Whether RAM policies see an encrypted transport.
    pub const SECURE_TRANSPORT: Self = Self(&[
        "ALIBABA_CLOUD_SECURE_TRANSPORT",
        "ALICLOUD_SECURE_TRANSPORT",
        "ALIBABA_CLOUD_SECURITY_TRANSPORT",
        "ALICLOUD_SECURITY_TRANSPORT",
    ]);

    /// All that have a name which is not the documented one.
    const ALL: [Self; 15] = [
        Self::REGION,
        Self::PROFILE,
        Self::CREDENTIALS_FILE,
        Self::CREDENTIALS_URI,
        Self::ECS_ROLE_NAME,
        Self::ROLE_ARN,
        Self::ROLE_SESSION_NAME,
        Self::ROLE_SESSION_EXPIRATION,
        Self::OIDC_PROVIDER_ARN,
        Self::OIDC_TOKEN_FILE,
        Self::OIDC_TOKEN,
        Self::ENDPOINT_TYPE,
        Self::SKIP_REGION_VALIDATION,
        Self::SOURCE_IP,
        Self::SECURE_TRANSPORT,
    ];

    /// The documented name.
    pub fn name(self) -> &'static str {
        self.0[0]
    }

    /// The first of its names that is set, and its value without blanks around it.
    pub fn set(self, world: &World) -> Option<(&'static str, String)> {
        let trimmed = |name| Some(world.variable(name)?.trim().to_owned()).filter(|value| !value.is_empty());
        self.0.iter().find_map(|name| Some((*name, trimmed(name)?)))
    }

    /// Its value.
    pub fn value(self, world: &World) -> Option<String> {
        self.set(world).map(|(_, value)| value)
    }

    /// Whether it switches something on.
    pub fn is_true(self, world: &World) -> bool {
        self.value(world).is_some_and(|value| is_on(&value))
    }
}

/// Older names that are in use here, each with the documented one.
pub fn outdated(world: &World) -> Vec<(&'static str, &'static str)> {
    let set = |name: &&&str| world.variable(name).is_some();
    // The region and the file of profiles have more than one name of today.
    let old = |name: &str| !name.starts_with("ALIBABA_CLOUD_");
    let settings = Variable::ALL.iter().filter_map(|variable| {
        let name = variable.0.iter().find(set)?;
        old(name).then_some((*name, variable.name()))
    });
    let family = FAMILIES.iter().find(|names| names.iter().any(|name| world.variable(name).is_some()));
    let keys = family.into_iter().flat_map(|names| names.iter().zip(&FAMILIES[0]));
    let keys = keys.filter(|(name, _)| old(name) && world.variable(name).is_some());
    keys.map(|(name, today)| (*name, *today)).chain(settings).collect()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn an_older_name_is_told_only_where_it_counts() {
        for (environment, expected) in [
            (&[("ALICLOUD_REGION", "r")][..], &[("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION")][..]),
            (&[("ALICLOUD_REGION", "r"), ("ALIBABA_CLOUD_REGION", "r")], &[]),
            (&[("ALIBABA_CLOUD_REGION_ID", "r")], &[]),
            (
                &[("ALIBABACLOUD_ACCESS_KEY_ID", "i"), ("ALIBABACLOUD_ACCESS_KEY_SECRET", "s")],
                &[
                    ("ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
                    ("ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
                ],
            ),
        ] {
            assert_eq!(outdated(&World::fixed(OffsetDateTime::UNIX_EPOCH, environment)), expected);
        }
    }
}
