//! The RPC signature, SignatureVersion 1.0 with HMAC-SHA1.
//!
//! The canonical string (sorted, percent-encoded, joined) is at once what is signed and, with the signature at its
//! end, the form body that is sent. So what the service decodes is what was signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Bytes that one byte takes at most when it is encoded: `%XX`.
const LONGEST: usize = 3;

/// The parameters sorted by name in byte order, encoded and joined: `Action=…&Version=…`.
pub fn canonical(parameters: &[(&str, &str)]) -> Zeroizing<String> {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    // Enough room from the start: growing would leave copies of secrets in freed memory.
    let room = sorted.iter().map(|(name, value)| LONGEST * (name.len() + value.len()) + 2).sum();
    let mut joined = Zeroizing::new(String::with_capacity(room));
    for (name, value) in sorted {
        if !joined.is_empty() {
            joined.push('&');
        }
        encode_onto(&mut joined, name);
        joined.push('=');
        encode_onto(&mut joined, value);
    }
    joined
}

/// What the signature is computed of. `method` is the HTTP method in capitals, `canonical` comes from [`canonical`].
pub fn string_to_sign(method: &str, canonical: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(method.len() + "&%2F&".len() + LONGEST * canonical.len()));
    text.push_str(method);
    text.push_str("&%2F&");
    encode_onto(&mut text, canonical);
    text
}

/// The signature in base64, not yet encoded for sending.
pub fn sign(string_to_sign: &str, access_key_secret: &Secret) -> String {
    let key = Zeroizing::new([access_key_secret.expose(), "&"].concat());
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The form body: the canonical string with the signature at its end.
pub fn signed_form(canonical: &str, signature: &str) -> Zeroizing<Vec<u8>> {
    const NAME: &str = "&Signature=";
    let mut form = Zeroizing::new(String::with_capacity(canonical.len() + NAME.len() + LONGEST * signature.len()));
    form.push_str(canonical);
    form.push_str(NAME);
    encode_onto(&mut form, signature);
    Zeroizing::new(std::mem::take(&mut *form).into_bytes())
}

/// Percent-encodes as the signature demands: UTF-8, upper-case digits, a space is `%20` and never `+`.
#[cfg(test)]
pub fn encode(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(LONGEST * text.len()));
    encode_onto(&mut encoded, text);
    encoded
}

fn encode_onto(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Vector {
        name: &'static str,
        parameters: &'static [(&'static str, &'static str)],
        /// Of GET, where it was published.
        string_to_sign: Option<&'static str>,
        get: &'static str,
        post: &'static str,
    }

    const NONCE_A: &str = "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf";
    const NONCE_B: &str = "edb2b34af0af9a6d14deaf7c1a5315eb";

    // The GET signatures of a and b are printed in the official documentation; the others were computed with an
    // independent implementation that reproduces those two.
    const VECTORS: &[Vector] = &[
        Vector {
            name: "a",
            parameters: &[
                ("Action", "DescribeRegions"),
                ("Format", "XML"),
                ("SignatureNonce", NONCE_A),
                ("Timestamp", "2016-02-23T12:46:24Z"),
                ("Version", "2014-05-26"),
            ],
            string_to_sign: Some(
                "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26SignatureMethod%3DHMAC-SHA1\
                 %26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26SignatureVersion%3D1.0\
                 %26Timestamp%3D2016-02-23T12%253A46%253A24Z%26Version%3D2014-05-26",
            ),
            get: "OLeaidS1JvxuMvnyHOwuJ+uX5qY=",
            post: "MxbnVAM4w6sft9xjVpe/GCKueuk=",
        },
        Vector {
            name: "b",
            parameters: &[
                ("Action", "DescribeDedicatedHosts"),
                ("Format", "JSON"),
                ("RegionId", "cn-beijing"),
                ("SignatureNonce", NONCE_B),
                ("Timestamp", "2023-03-13T08:34:30Z"),
                ("Version", "2014-05-26"),
            ],
            string_to_sign: Some(
                "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeDedicatedHosts%26Format%3DJSON%26RegionId%3Dcn-beijing\
                 %26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3Dedb2b34af0af9a6d14deaf7c1a5315eb\
                 %26SignatureVersion%3D1.0%26Timestamp%3D2023-03-13T08%253A34%253A30Z%26Version%3D2014-05-26",
            ),
            get: "9NaGiOspFP5UPcwX8Iwt2YJXXuk=",
            post: "ZvQ9xGiFnquSJRvj+WE6kdSpTwU=",
        },
        Vector {
            name: "d",
            parameters: &[
                ("Action", "CreateSmartAccessGatewayClientUser"),
                ("Bandwidth", "20"),
                ("ClientIp", "10.0.0.7"),
                ("Format", "JSON"),
                ("Password", "P@ss w*rd~+_-1"),
                ("RegionId", "cn-shanghai"),
                ("SignatureNonce", NONCE_B),
                ("SmartAGId", "sag-gnhe6sywtare5nt001"),
                ("Timestamp", "2023-03-13T08:34:30Z"),
                ("UserMail", "user+a@example.com"),
                ("UserName", "doctest7"),
                ("Version", "2018-03-13"),
            ],
            string_to_sign: Some(
                "GET&%2F&AccessKeyId%3Dtestid%26Action%3DCreateSmartAccessGatewayClientUser%26Bandwidth%3D20\
                 %26ClientIp%3D10.0.0.7%26Format%3DJSON%26Password%3DP%2540ss%2520w%252Ard~%252B_-1\
                 %26RegionId%3Dcn-shanghai%26SignatureMethod%3DHMAC-SHA1\
                 %26SignatureNonce%3Dedb2b34af0af9a6d14deaf7c1a5315eb%26SignatureVersion%3D1.0\
                 %26SmartAGId%3Dsag-gnhe6sywtare5nt001%26Timestamp%3D2023-03-13T08%253A34%253A30Z\
                 %26UserMail%3Duser%252Ba%2540example.com%26UserName%3Ddoctest7%26Version%3D2018-03-13",
            ),
            get: "Q4UAkFfvFIFysSf/5Q42yO0vftg=",
            post: "YsXpwGzpPx/rhMDwI3oENicBies=",
        },
        Vector {
            name: "e",
            parameters: &[
                ("Action", "DescribeSmartAccessGateways"),
                ("Format", "XML"),
                ("SignatureNonce", NONCE_A),
                ("Timestamp", "2016-04-23T12:46:24Z"),
                ("Version", "2018-03-13"),
            ],
            string_to_sign: None,
            get: "RVQhqN6pCc27CTt9ayuQFrUxfqc=",
            post: "H1XdfBP6kvExHNgpnzYoNYicNwU=",
        },
    ];

    #[test]
    fn the_published_requests_give_the_published_strings_and_signatures() {
        let secret = Secret::from("testsecret");
        for vector in VECTORS {
            let mut parameters = vector.parameters.to_vec();
            parameters.extend([
                ("AccessKeyId", "testid"),
                ("SignatureMethod", "HMAC-SHA1"),
                ("SignatureVersion", "1.0"),
            ]);
            let canonical = canonical(&parameters);
            let get = string_to_sign("GET", &canonical);
            let post = string_to_sign("POST", &canonical);
            if let Some(expected) = vector.string_to_sign {
                assert_eq!(get.as_str(), expected, "{}", vector.name);
                assert_eq!(post.as_str(), expected.replacen("GET", "POST", 1), "{}", vector.name);
            }
            assert_eq!(sign(&get, &secret), vector.get, "{} GET", vector.name);
            assert_eq!(sign(&post, &secret), vector.post, "{} POST", vector.name);
        }
    }

    // From the unit test of Alibaba Cloud's SDK for Go; empty values are signed as well.
    #[test]
    fn empty_values_and_a_security_token_are_signed() {
        let mut parameters = vec![
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
        let signature = |parameters: &[(&str, &str)]| {
            sign(&string_to_sign("GET", &canonical(parameters)), &Secret::from("accessKeySecret"))
        };
        assert_eq!(signature(&parameters), "7loPmFjvDnzOVnQeQNj85S6nFGY=");
        parameters.push(("SecurityToken", "accessKeyStsToken"));
        assert_eq!(signature(&parameters), "5Nxdcler+ihqWqv0Hr2On4PsBf4=");
    }

    #[test]
    fn names_sort_by_bytes_before_they_are_encoded() {
        let parameters = [("UserNames.2", "b"), ("UserNames.10", "j"), ("UserNames.1", "a"), ("Zone", "z"), ("a", "")];
        assert_eq!(canonical(&parameters).as_str(), "UserNames.1=a&UserNames.10=j&UserNames.2=b&Zone=z&a=");
    }

    #[test]
    fn encoding_keeps_unreserved_characters_and_nothing_else() {
        assert_eq!(encode("AZaz09-_.~").as_str(), "AZaz09-_.~");
        assert_eq!(encode(" *+/=&%@:!'()").as_str(), "%20%2A%2B%2F%3D%26%25%40%3A%21%27%28%29");
        assert_eq!(encode("é中").as_str(), "%C3%A9%E4%B8%AD");
    }

    #[test]
    fn the_form_is_the_canonical_string_with_the_encoded_signature_at_its_end() {
        let form = signed_form("Action=X&Version=1", "ab+/=");
        assert_eq!(form.as_slice(), b"Action=X&Version=1&Signature=ab%2B%2F%3D");
    }

    #[test]
    fn no_buffer_with_a_secret_in_it_has_to_grow() {
        let value = "@".repeat(100);
        let canonical = canonical(&[("Password", &value)]);
        assert!(canonical.capacity() <= 2 + LONGEST * 108, "{}", canonical.capacity());
        assert!(string_to_sign("POST", &canonical).capacity() <= 9 + LONGEST * canonical.len());
    }
}
