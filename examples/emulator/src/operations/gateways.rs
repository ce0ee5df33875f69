//! DescribeSmartAccessGateways: the instances themselves. All that the emulator has are software instances.

use serde_json::{Value, json};

use super::Ask;
use super::page::{Page, matches};
use crate::config::DEFAULT_REGION;
use crate::instance::{Instance, Instances};
use crate::refusal::Refusal;

/// Rows per page when PageSize is not sent, and the most: documented for this list.
const PAGE_SIZES: (u64, u64) = (10, 50);
/// 2024-01-01 and 2034-01-01 (UTC), in milliseconds since 1970.
const CREATED: u64 = 1_704_067_200_000;
const ENDS: u64 = 2_019_686_400_000;

pub(super) fn run(ask: &Ask<'_>, instances: &Instances) -> Result<Value, Refusal> {
    let (default_size, most) = PAGE_SIZES;
    let page = Page::asked(ask, default_size, most)?;
    let is_software = match ask.parameters.given("InstanceType") {
        None | Some("software") => true,
        Some("hardware") => false,
        Some(_) => return Err(Refusal::of("InvalidParameter")),
    };
    // Without a region it is that of the endpoint.
    let region = ask.parameters.given("RegionId").unwrap_or(DEFAULT_REGION);
    let (id, ids) = (ask.parameters.given("SmartAGId"), ask.parameters.list("SmartAGIds"));
    let name = ask.parameters.given("Name");
    let found: Vec<_> = instances
        .iter()
        .filter(|(sag_id, instance)| {
            is_software
                && instance.region == region
                && id.is_none_or(|id| id == *sag_id)
                && (ids.is_empty() || ids.contains(&sag_id.as_str()))
                && matches(name, &instance.name, ask.switches)
        })
        .collect();
    let total = found.len();
    let rows: Vec<_> = page.of(found).map(|(sag_id, instance)| row(sag_id, instance)).collect();
    Ok(json!({
        "TotalCount": total,
        "PageSize": page.size,
        "PageNumber": page.number,
        "SmartAccessGateways": { "SmartAccessGateway": rows },
    }))
}

/// What a software instance has of the documented fields.
fn row(sag_id: &str, instance: &Instance) -> Value {
    let mut row = json!({
        "SmartAGId": sag_id,
        "Name": instance.name,
        "Description": "",
        "Status": "Active",
        "UserCount": instance.quota,
        "CreateTime": CREATED,
        "EndTime": ENDS,
        "DataPlan": 5,
        "AccelerateBandwidth": 0,
        "SecurityLockThreshold": 0,
        "EnableSoftwareConnectionAudit": false,
        "Links": { "Link": [] },
    });
    if let Some(cidr) = instance.cidr {
        row["CidrBlock"] = json!(cidr.to_string());
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, DEFAULT_INSTANCE, InstanceConfig};
    use crate::switches::{Filter, Oversize};
    use crate::testing::{Desk, GATEWAYS, Pairs};

    /// Every action of the other tests names the default instance; here that would be a filter.
    const ANY: (&str, &str) = ("SmartAGId", "");

    fn desk(instances: Vec<InstanceConfig>) -> Desk {
        Desk::configured(&Config { instances, ..Config::default() })
    }

    fn office() -> Vec<InstanceConfig> {
        vec![
            InstanceConfig::new("sag-b").with_name("office-2").with_quota(5),
            InstanceConfig::new("sag-a").with_name("office").with_cidr(""),
            InstanceConfig::new("sag-c").in_region("eu-central-1"),
        ]
    }

    fn ids(answer: &Value) -> Vec<&str> {
        let rows = answer["SmartAccessGateways"]["SmartAccessGateway"].as_array().unwrap();
        rows.iter().map(|row| row["SmartAGId"].as_str().unwrap()).collect()
    }

    #[test]
    fn a_row_tells_name_size_block_and_times_in_milliseconds() {
        let config = InstanceConfig::new(DEFAULT_INSTANCE).with_name("office").with_quota(5);
        let answer = desk(vec![config]).ask(GATEWAYS, &[]);
        assert_eq!(
            answer,
            json!({"TotalCount": 1, "PageSize": 10, "PageNumber": 1, "SmartAccessGateways": {"SmartAccessGateway": [
                {"SmartAGId": DEFAULT_INSTANCE, "Name": "office", "Description": "", "Status": "Active",
                 "UserCount": 5, "CidrBlock": "10.0.0.0/8", "CreateTime": 1_704_067_200_000_u64,
                 "EndTime": 2_019_686_400_000_u64, "DataPlan": 5, "AccelerateBandwidth": 0,
                 "SecurityLockThreshold": 0, "EnableSoftwareConnectionAudit": false, "Links": {"Link": []}},
            ]}})
        );
        let answer = desk(office()).ask(GATEWAYS, &[("SmartAGId", "sag-a")]);
        assert_eq!(answer["SmartAccessGateways"]["SmartAccessGateway"][0].get("CidrBlock"), None);
    }

    #[test]
    fn each_filter_leaves_what_fits() {
        let cases: [(Pairs<'_>, &[&str]); 10] = [
            (&[ANY], &["sag-a", "sag-b"]),
            (&[ANY, ("RegionId", "")], &["sag-a", "sag-b"]),
            (&[ANY, ("RegionId", "eu-central-1")], &["sag-c"]),
            (&[("SmartAGId", "sag-b")], &["sag-b"]),
            (&[ANY, ("SmartAGIds.1", "sag-b"), ("SmartAGIds.2", "sag-c"), ("SmartAGIds.3", "sag-x")], &["sag-b"]),
            (&[ANY, ("Name", "office")], &["sag-a"]),
            (&[ANY, ("InstanceType", "software")], &["sag-a", "sag-b"]),
            (&[ANY, ("InstanceType", "hardware")], &[]),
            (&[ANY, ("PageSize", "1"), ("PageNumber", "2")], &["sag-b"]),
            (&[ANY, ("PageSize", "1"), ("PageNumber", "3")], &[]),
        ];
        for (own, expected) in cases {
            assert_eq!(ids(&desk(office()).ask(GATEWAYS, own)), expected, "{own:?}");
        }
    }

    #[test]
    fn a_name_may_be_matched_loosely_and_numbers_may_be_quoted() {
        let mut desk = desk(office());
        desk.service.switches.filter = Filter::Substring;
        desk.service.switches.numbers_as_strings = true;
        let answer = desk.ask(GATEWAYS, &[ANY, ("Name", "office")]);
        assert_eq!((ids(&answer), &answer["TotalCount"]), (vec!["sag-a", "sag-b"], &json!("2")));
        let row = &answer["SmartAccessGateways"]["SmartAccessGateway"][1];
        assert_eq!((&row["UserCount"], &row["EndTime"]), (&json!("5"), &json!("2019686400000")));
    }

    #[test]
    fn a_page_holds_fifty_at_most() {
        let mut desk = desk((0..60).map(|number| InstanceConfig::new(&format!("sag-{number:02}"))).collect());
        let answer = desk.ask(GATEWAYS, &[ANY, ("PageSize", "51")]);
        assert_eq!((ids(&answer).len(), &answer["TotalCount"], &answer["PageSize"]), (50, &json!(60), &json!(50)));
        desk.service.switches.oversize_page = Oversize::Refuse;
        for (name, value) in [("PageSize", "51"), ("PageSize", "0"), ("PageNumber", "x"), ("InstanceType", "soft")] {
            assert_eq!(desk.refused(GATEWAYS, &[ANY, (name, value)]).1, "InvalidParameter", "{name}={value}");
        }
    }
}
