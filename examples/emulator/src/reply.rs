//! What goes back: status, headers, body, and how it is delivered.

use std::time::Duration;

use serde_json::Value;

use crate::operations::Product;
use crate::refusal::Refusal;

/// An answer, and how it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: String,
    /// How long the answer is held back.
    pub delay: Duration,
    /// How much of it arrives.
    pub delivery: Delivery,
}

/// How much of an answer arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// All.
    Whole,
    /// Half of the body, then the connection closes.
    Half,
    /// Nothing: the connection closes.
    Nothing,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: String) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body, delay: Duration::ZERO, delivery: Delivery::Whole }
    }

    /// JSON that is not an API answer: the control endpoint's.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json;charset=utf-8", format!("{body}\n"))
    }

    pub(crate) fn closed() -> Self {
        Self { delivery: Delivery::Nothing, ..Self::new(0, "", String::new()) }
    }
}

/// Who is answered, and in which form.
pub(crate) struct Form<'a> {
    pub(crate) wants_xml: bool,
    /// Whether it is no API that answers but a page: text, or JSON without a request id.
    pub(crate) is_page: bool,
    pub(crate) request_id: &'a str,
    pub(crate) action: &'a str,
    pub(crate) product: &'a Product,
    pub(crate) region: &'a str,
}

impl Form<'_> {
    /// A success: the fields, and the request id beside them.
    pub(crate) fn success(&self, mut fields: Value) -> Reply {
        if self.is_page {
            return match fields {
                Value::String(text) => Reply::new(200, "text/plain", text),
                fields => Reply::json(200, &fields),
            };
        }
        fields["RequestId"] = Value::from(self.request_id);
        self.reply(200, &format!("{}Response", self.action), &fields)
    }

    /// An error.
    pub(crate) fn refusal(&self, refusal: &Refusal) -> Reply {
        if self.is_page {
            return Reply::new(refusal.status, "text/plain", format!("{}\n", refusal.message));
        }
        let region = if self.region.is_empty() { crate::config::DEFAULT_REGION } else { self.region };
        let mut fields = serde_json::json!({
            "RequestId": self.request_id,
            "HostId": format!("{}.{region}.aliyuncs.com", self.product.host),
            "Code": refusal.code,
            "Message": refusal.message,
        });
        if refusal.from_gateway && !self.wants_xml {
            fields["Recommend"] = Value::from(format!(
                "https://api.aliyun.com/troubleshoot?q={}&product={}&requestId={}",
                refusal.code, self.product.code, self.request_id
            ));
        }
        self.reply(refusal.status, "Error", &fields)
    }

    fn reply(&self, status: u16, root: &str, fields: &Value) -> Reply {
        let mut reply = if self.wants_xml {
            let mut body = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
            element(&mut body, root, fields);
            Reply::new(status, "text/xml;charset=utf-8", body)
        } else {
            Reply::new(status, "application/json;charset=utf-8", fields.to_string())
        };
        reply.headers.push(("x-acs-request-id", self.request_id.to_owned()));
        reply.headers.push(("x-acs-trace-id", self.request_id.replace('-', "").to_lowercase()));
        reply
    }
}

/// Objects nest, arrays repeat their element, the rest is text.
fn element(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| element(out, name, item)),
        Value::Object(fields) => {
            tag(out, "<", name);
            fields.iter().for_each(|(name, value)| element(out, name, value));
            tag(out, "</", name);
        }
        scalar => {
            tag(out, "<", name);
            match scalar {
                Value::String(text) => escape(out, text),
                other => out.push_str(&other.to_string()),
            }
            tag(out, "</", name);
        }
    }
}

fn tag(out: &mut String, open: &str, name: &str) {
    out.push_str(open);
    out.push_str(name);
    out.push('>');
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::SMARTAG;

    const ID: &str = "09AD82DC-FE26-4B66-B526-2FA6BE82A4D3";

    fn form(wants_xml: bool) -> Form<'static> {
        Form {
            wants_xml,
            is_page: false,
            request_id: ID,
            action: "DescribeThings",
            product: &SMARTAG,
            region: "eu-central-1",
        }
    }

    #[test]
    fn success_in_xml_nests_lists_and_escapes_text() {
        let fields = json!({"TotalCount": 2, "Users": {"User": [{"UserName": "a<b&c"}, {"State": 0}]}});
        assert_eq!(
            form(true).success(fields).body,
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DescribeThingsResponse><RequestId>{ID}</RequestId>\
                 <TotalCount>2</TotalCount><Users><User><UserName>a&lt;b&amp;c</UserName></User>\
                 <User><State>0</State></User></Users></DescribeThingsResponse>"
            )
        );
    }

    #[test]
    fn errors_have_the_documented_keys_in_both_forms() {
        let refusal = Refusal::of("ClientUser.NameEmpty");
        let json: Value = serde_json::from_str(&form(false).refusal(&refusal).body).unwrap();
        assert_eq!(
            json,
            json!({
                "RequestId": ID,
                "HostId": "smartag.eu-central-1.aliyuncs.com",
                "Code": "ClientUser.NameEmpty",
                "Message": "You must specify UserName.",
            })
        );
        let reply = form(true).refusal(&refusal);
        assert_eq!(reply.status, 400);
        assert!(reply.body.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>"), "{}", reply.body);
        assert!(reply.body.ends_with("</Error>"), "{}", reply.body);
    }

    #[test]
    fn the_gateway_recommends_a_page_and_the_product_does_not() {
        let body = form(false).refusal(&Refusal::of("Throttling.User")).body;
        assert!(body.contains("troubleshoot?q=Throttling.User&product=Smartag&requestId="), "{body}");
    }

    #[test]
    fn every_answer_carries_its_ids_in_headers() {
        let reply = form(false).success(json!({}));
        assert!(reply.headers.contains(&("x-acs-request-id", ID.to_owned())));
        assert!(reply.headers.contains(&("content-type", "application/json;charset=utf-8".to_owned())));
    }
}
