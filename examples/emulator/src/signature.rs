//! The RPC signature, SignatureVersion 1.0: HMAC-SHA1 over the sorted and encoded parameters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

use crate::request::Parameters;

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The text that both sides sign: the method, the path and every parameter except the signature itself.
pub fn string_to_sign(method: &str, parameters: &Parameters) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .filter(|(name, _)| *name != "Signature")
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    format!("{method}&{}&{}", encode("/"), encode(&pairs.join("&")))
}

/// The signature of a text, in base64.
pub fn sign(secret: &str, string_to_sign: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(format!("{secret}&").as_bytes()).expect("HMAC takes keys of any length");
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Percent-encoding as the signature has it, which also suits a query string.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Pairs;

    const KEY: [(&str, &str); 3] =
        [("AccessKeyId", "testid"), ("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0")];
    const A: [(&str, &str); 5] = [
        ("Action", "DescribeRegions"),
        ("Format", "XML"),
        ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
        ("Timestamp", "2016-02-23T12:46:24Z"),
        ("Version", "2014-05-26"),
    ];
    const B: [(&str, &str); 6] = [
        ("Action", "DescribeDedicatedHosts"),
        ("Format", "JSON"),
        ("RegionId", "cn-beijing"),
        ("SignatureNonce", "edb2b34af0af9a6d14deaf7c1a5315eb"),
        ("Timestamp", "2023-03-13T08:34:30Z"),
        ("Version", "2014-05-26"),
    ];
    const D: [(&str, &str); 11] = [
        ("Action", "CreateSmartAccessGatewayClientUser"),
        ("Bandwidth", "20"),
        ("ClientIp", "10.0.0.7"),
        ("Format", "JSON"),
        ("Password", "P@ss w*rd~+_-1"),
        ("RegionId", "cn-shanghai"),
        ("SignatureNonce", "edb2b34af0af9a6d14deaf7c1a5315eb"),
        ("SmartAGId", "sag-gnhe6sywtare5nt001"),
        ("Timestamp", "2023-03-13T08:34:30Z"),
        ("UserMail", "user+a@example.com"),
        ("UserName", "doctest7"),
    ];
    const E: [(&str, &str); 5] = [
        ("Action", "DescribeSmartAccessGateways"),
        ("Format", "XML"),
        ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
        ("Timestamp", "2016-04-23T12:46:24Z"),
        ("Version", "2018-03-13"),
    ];

    fn parameters(pairs: Pairs<'_>) -> Parameters {
        let signature = [("Signature", "is never signed")];
        KEY.iter().chain(pairs).chain(&signature).copied().collect()
    }

    #[test]
    fn signatures_are_those_of_the_published_and_computed_vectors() {
        let d: Vec<_> = D.into_iter().chain([("Version", "2018-03-13")]).collect();
        let cases: [(&str, Pairs<'_>, &str, &str); 4] = [
            ("a", &A, "OLeaidS1JvxuMvnyHOwuJ+uX5qY=", "MxbnVAM4w6sft9xjVpe/GCKueuk="),
            ("b", &B, "9NaGiOspFP5UPcwX8Iwt2YJXXuk=", "ZvQ9xGiFnquSJRvj+WE6kdSpTwU="),
            ("d", &d, "Q4UAkFfvFIFysSf/5Q42yO0vftg=", "YsXpwGzpPx/rhMDwI3oENicBies="),
            ("e", &E, "RVQhqN6pCc27CTt9ayuQFrUxfqc=", "H1XdfBP6kvExHNgpnzYoNYicNwU="),
        ];
        for (name, pairs, get, post) in cases {
            let parameters = parameters(pairs);
            assert_eq!(sign("testsecret", &string_to_sign("GET", &parameters)), get, "{name} GET");
            assert_eq!(sign("testsecret", &string_to_sign("POST", &parameters)), post, "{name} POST");
        }
    }

    #[test]
    fn the_text_to_sign_encodes_twice() {
        let d: Vec<_> = D.into_iter().chain([("Version", "2018-03-13")]).collect();
        assert_eq!(
            string_to_sign("POST", &parameters(&d)),
            "POST&%2F&AccessKeyId%3Dtestid%26Action%3DCreateSmartAccessGatewayClientUser%26Bandwidth%3D20%26ClientIp%3D\
             10.0.0.7%26Format%3DJSON%26Password%3DP%2540ss%2520w%252Ard~%252B_-1%26RegionId%3Dcn-shanghai%26\
             SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3Dedb2b34af0af9a6d14deaf7c1a5315eb%26SignatureVersion%3D1.0%26\
             SmartAGId%3Dsag-gnhe6sywtare5nt001%26Timestamp%3D2023-03-13T08%253A34%253A30Z%26UserMail%3Duser%252Ba%2540\
             example.com%26UserName%3Ddoctest7%26Version%3D2018-03-13"
        );
    }

    #[test]
    fn empty_values_and_tokens_are_signed_like_the_others() {
        let plain = [
            ("AccessKeyId", "accessKeyId"),
            ("Action", ""),
            ("Format", "JSON"),
            ("RegionId", "regionId"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "MOCK_UUID"),
            ("SignatureType", ""),
            ("SignatureVersion", "1.0"),
            ("Timestamp", "mock date"),
            ("Version", ""),
        ];
        let token = [("SecurityToken", "accessKeyStsToken")];
        let c1: Parameters = plain.into_iter().collect();
        let c2: Parameters = plain.into_iter().chain(token).collect();
        assert_eq!(sign("accessKeySecret", &string_to_sign("GET", &c1)), "7loPmFjvDnzOVnQeQNj85S6nFGY=");
        assert_eq!(sign("accessKeySecret", &string_to_sign("GET", &c2)), "5Nxdcler+ihqWqv0Hr2On4PsBf4=");
    }
}
