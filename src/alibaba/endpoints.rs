//! The host of a product in a region.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use super::operation::Product;
use crate::world::World;

/// How requests travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Encrypted, and the service's certificate is verified.
    #[default]
    Https,
    /// In clear. Whoever writes it accepts that passwords can be read on the way.
    Http,
}

impl Protocol {
    /// Reads the words `HTTPS` and `HTTP`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "HTTPS" => Some(Self::Https),
            "HTTP" => Some(Self::Http),
            _ => None,
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// Which of a product's hosts are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Those that the internet reaches.
    #[default]
    Public,
    /// Those that only the machines of a VPC in the same region reach.
    Vpc,
}

impl Network {
    /// Reads the type of endpoint as the CLI of Alibaba Cloud does: `vpc` in any case, and everything else is public.
    pub fn parse(text: &str) -> Self {
        if text.trim().eq_ignore_ascii_case("vpc") { Self::Vpc } else { Self::Public }
    }
}

/// What settings say of the way to a product. `Debug` shows no endpoint: somebody may have written a password into it.
#[derive(Clone, Default)]
pub struct Route {
    /// Host or URL that takes the place of the product's published hosts, in all regions.
    pub endpoint: Option<String>,
    /// HTTPS unless somebody wrote otherwise.
    pub protocol: Protocol,
    /// The public hosts unless somebody wrote otherwise.
    pub network: Network,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint: _, protocol, network } = self;
        f.debug_struct("Route").field("protocol", protocol).field("network", network).finish_non_exhaustive()
    }
}

impl Route {
    /// Whether somebody wrote an endpoint for the product, here or in the environment.
    pub fn is_overridden(&self, code: &str, world: &World) -> bool {
        self.endpoint.is_some() || in_environment(code, world).is_some()
    }

    /// Whether the endpoint, which stands at `place`, is one.
    ///
    /// # Errors
    /// In a user's words: what it is, where it stands, and what is allowed.
    pub fn check_written(&self, place: &str) -> Result<(), String> {
        self.endpoint.iter().try_for_each(|written| overridden(written, self.protocol, place).map(drop))
    }

    /// Whether the endpoint of a product that counts, be it written or of the environment, is one.
    ///
    /// # Errors
    /// In a user's words: what it is, where it stands, and what is allowed.
    pub fn check(&self, code: &str, world: &World) -> Result<(), String> {
        match (&self.endpoint, in_environment(code, world)) {
            (None, Some((place, written))) => overridden(&written, self.protocol, &place).map(drop),
            _ => self.check_written(&written_for(code)),
        }
    }

    /// The way to this host or URL.
    pub fn to(endpoint: &str) -> Self {
        Self { endpoint: Some(endpoint.to_owned()), ..Self::default() }
    }
}

/// Where a call goes: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The address to post to; its path is `/`.
    pub fn url(&self) -> Url {
        self.0.clone()
    }

    /// Whether the way is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine; such calls never go through a proxy.
    pub fn is_loopback(&self) -> bool {
        is_this_machine(&self.0)
    }
}

/// Whether the host of a URL is this machine.
pub fn is_this_machine(url: &Url) -> bool {
    url.host_str() == Some("localhost") || address(url).is_some_and(|address| address.is_loopback())
}

/// The host of a URL, where it is written as an address.
pub fn address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Finds the endpoint: what was written in the settings, else in the environment, else the published host, else the
/// pattern that all products follow. Within a VPC a region without a host there has its public one.
///
/// # Errors
/// In a user's words: which text is wrong, where it was written, and what is allowed.
pub fn endpoint(product: &Product, region: &str, route: &Route, world: &World) -> Result<Endpoint, String> {
    let protocol = route.protocol;
    // A region becomes part of a host name: "x.example.com/" would send passwords to somebody else.
    if !is_region(region) {
        return Err(format!(
            "{region:?} is no region: a region is written in small letters, digits and hyphens, like cn-shanghai"
        ));
    }
    if let Some(written) = &route.endpoint {
        return overridden(written, protocol, &written_for(product.code));
    }
    if let Some((place, written)) = in_environment(product.code, world) {
        return overridden(&written, protocol, &place);
    }
    let listed = product.endpoints.iter().find(|(listed, _)| *listed == region);
    let host = match (route.network, listed) {
        (Network::Vpc, _) if !product.without_vpc.contains(&region) => {
            format!("{}-vpc.{region}.aliyuncs.com", product.code)
        }
        (_, Some((_, host))) => (*host).to_owned(),
        (_, None) => format!("{}.{region}.aliyuncs.com", product.code),
    };
    parse(protocol, &host).ok_or_else(|| format!("region {region:?} makes no valid host name: {host}"))
}

/// Whether text can be the id of a region: lower-case letters, digits and hyphens.
pub fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Where an endpoint stands that was written for a product.
fn written_for(code: &str) -> String {
    format!("the endpoint of {code} in the settings")
}

/// The endpoint that the environment has for a product, behind the place where it stands.
fn in_environment(code: &str, world: &World) -> Option<(String, String)> {
    let code = code.to_ascii_uppercase();
    [format!("ALIBABA_CLOUD_ENDPOINT_{code}"), format!("{code}_ENDPOINT")].into_iter().find_map(|variable| {
        let written = world.variable(&variable)?;
        Some((format!("the environment variable {variable}"), written))
    })
}

/// Reads a host or URL that somebody wrote at `place`.
fn overridden(written: &str, protocol: Protocol, place: &str) -> Result<Endpoint, String> {
    // The text itself is quoted only when no password can be in it.
    if written.contains('@') {
        return Err(format!(
            "{place} must not contain a user name or password; write a host or a URL like https://HOST"
        ));
    }
    let wrong = |what: &str| format!("{place} is {written:?}, {what}; write a host or a URL like https://HOST");
    let (scheme, host) = match written.split_once("://") {
        None => (protocol, written),
        Some((scheme, host)) => {
            (Protocol::parse(scheme).ok_or_else(|| wrong("whose scheme is neither https nor http"))?, host)
        }
    };
    let host = host.strip_suffix('/').unwrap_or(host);
    if host.contains(['/', '\\', '?', '#']) {
        return Err(wrong("which has more than a host in it"));
    }
    let endpoint = parse(scheme, host).ok_or_else(|| wrong("which is no valid host"))?;
    if scheme == Protocol::Http && protocol != Protocol::Http && !endpoint.is_loopback() {
        return Err(format!(
            "{place} is {written:?}, which would send passwords in clear; write https://, or protocol = \"HTTP\" to accept that"
        ));
    }
    Ok(endpoint)
}

fn parse(protocol: Protocol, host: &str) -> Option<Endpoint> {
    let url = Url::parse(&format!("{}://{host}", protocol.scheme())).ok()?;
    url.host_str().is_some_and(|host| !host.is_empty()).then_some(Endpoint(url))
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    const PRODUCT: Product = Product {
        code: "smartag",
        version: "2018-03-13",
        endpoints: &[("cn-shanghai", "listed.example.com")],
        transient_codes: &[],
        without_vpc: &["cn-hangzhou"],
        final_codes: &[],
    };

    fn resolve(
        region: &str,
        written: Option<&str>,
        protocol: Protocol,
        variables: &[(&str, &str)],
    ) -> Result<String, String> {
        let world = World::fixed(OffsetDateTime::UNIX_EPOCH, variables);
        let route = Route { endpoint: written.map(str::to_owned), protocol, ..Route::default() };
        endpoint(&PRODUCT, region, &route, &world).map(|endpoint| endpoint.to_string())
    }

    #[test]
    fn within_a_vpc_other_hosts_are_called_where_there_are_any_and_nothing_else_is_written() {
        let within = Route { network: Network::parse("VPC"), ..Route::default() };
        let written = Route { network: Network::Vpc, ..Route::to("own.example.com") };
        let variable = [("SMARTAG_ENDPOINT", "second.example.com")];
        for (region, route, variables, expected) in [
            ("cn-shanghai", &within, &[][..], "https://smartag-vpc.cn-shanghai.aliyuncs.com"),
            ("eu-west-1", &within, &[], "https://smartag-vpc.eu-west-1.aliyuncs.com"),
            ("cn-hangzhou", &within, &[], "https://smartag.cn-hangzhou.aliyuncs.com"),
            ("cn-shanghai", &within, &variable, "https://second.example.com"),
            ("cn-shanghai", &written, &variable, "https://own.example.com"),
        ] {
            let world = World::fixed(OffsetDateTime::UNIX_EPOCH, variables);
            assert_eq!(
                endpoint(&PRODUCT, region, route, &world).map(|found| found.to_string()).as_deref(),
                Ok(expected)
            );
        }
        assert_eq!(["", "public", "internal"].map(Network::parse), [Network::Public; 3]);
    }

    #[test]
    fn the_settings_come_before_the_environment_and_that_before_the_table_and_the_pattern() {
        let both =
            [("ALIBABA_CLOUD_ENDPOINT_SMARTAG", "first.example.com"), ("SMARTAG_ENDPOINT", "second.example.com")];
        for (region, written, variables, expected) in [
            ("cn-shanghai", Some("own.example.com"), &both[..], "https://own.example.com"),
            ("cn-shanghai", None, &both[..], "https://first.example.com"),
            ("cn-shanghai", None, &both[1..], "https://second.example.com"),
            ("cn-shanghai", None, &[], "https://listed.example.com"),
            ("eu-west-1", None, &[], "https://smartag.eu-west-1.aliyuncs.com"),
        ] {
            assert_eq!(resolve(region, written, Protocol::Https, variables).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn clear_text_needs_the_protocol_or_a_loopback_host() {
        for (written, protocol, expected) in [
            ("http://127.0.0.1:8080", Protocol::Https, Some("http://127.0.0.1:8080")),
            ("http://localhost:1/", Protocol::Https, Some("http://localhost:1")),
            ("HTTP://[::1]:1", Protocol::Https, Some("http://[::1]:1")),
            ("127.0.0.1:8080", Protocol::Https, Some("https://127.0.0.1:8080")),
            ("127.0.0.1:8080", Protocol::Http, Some("http://127.0.0.1:8080")),
            ("proxy.example.com", Protocol::Http, Some("http://proxy.example.com")),
            ("https://proxy.example.com", Protocol::Http, Some("https://proxy.example.com")),
            ("http://proxy.example.com", Protocol::Http, Some("http://proxy.example.com")),
            ("http://proxy.example.com", Protocol::Https, None),
            ("http://localhost.example.com", Protocol::Https, None),
            ("http://127.0.0.1.example.com", Protocol::Https, None),
        ] {
            assert_eq!(resolve("cn-shanghai", Some(written), protocol, &[]).ok().as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn an_override_with_more_than_a_host_is_refused_and_says_where_it_stands() {
        for (written, word) in [
            ("ftp://example.com", "scheme"),
            ("https://example.com/path", "more than a host"),
            ("example.com?x=1", "more than a host"),
            ("example.com#x", "more than a host"),
            ("https://", "no valid host"),
            ("https://exa mple.com", "no valid host"),
            ("example.com:notaport", "no valid host"),
        ] {
            let error = resolve("cn-shanghai", None, Protocol::Https, &[("SMARTAG_ENDPOINT", written)]).unwrap_err();
            assert!(error.contains(word) && error.contains("SMARTAG_ENDPOINT"), "{written}: {error}");
        }
        let error = resolve("cn-shanghai", Some("https://me:hunter2@example.com"), Protocol::Https, &[]).unwrap_err();
        assert!(error.contains("user name or password") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_region_never_becomes_another_host() {
        for region in ["", "CN-SHANGHAI", "x.example.com/", "a b", "cn_shanghai", "x@y"] {
            let error = resolve(region, None, Protocol::Https, &[]).unwrap_err();
            assert!(error.contains("is no region"), "{error}");
        }
    }
}
