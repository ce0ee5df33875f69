//! The product and its operations as data.

use crate::alibaba::{Operation, Product};

/// The code with which the service says that an instance does not exist (or lives in another region or account).
pub const INSTANCE_NOT_FOUND: &str = "SAG.InstanceNoFound";

/// Smart Access Gateway. Hosts as published in July 2025: all regions but cn-hangzhou have one within VPCs too.
pub static PRODUCT: Product = Product {
    code: "smartag",
    version: "2018-03-13",
    endpoints: &[
        ("cn-shanghai", "smartag.cn-shanghai.aliyuncs.com"),
        ("cn-hangzhou", "smartag.cn-hangzhou.aliyuncs.com"),
        ("cn-shanghai-finance-1", "smartag.cn-shanghai-finance-1.aliyuncs.com"),
        ("cn-hongkong", "smartag.cn-hongkong.aliyuncs.com"),
        ("ap-northeast-1", "smartag.ap-northeast-1.aliyuncs.com"),
        ("ap-southeast-1", "smartag.ap-southeast-1.aliyuncs.com"),
        ("ap-southeast-2", "smartag.ap-southeast-2.aliyuncs.com"),
        ("ap-southeast-3", "smartag.ap-southeast-3.aliyuncs.com"),
        ("ap-southeast-5", "smartag.ap-southeast-5.aliyuncs.com"),
        ("eu-central-1", "smartag.eu-central-1.aliyuncs.com"),
    ],
    without_vpc: &["cn-hangzhou"],
    transient_codes: &["ResourceInOperating", "ResourceConfiguring", "ConfigSynchronizing"],
    final_codes: &["SmartAccessGatewayInArrears", "SmartAccessGatewayNotActivated", "SmartAccessGatewayOffline"],
};

/// Not idempotent: the API has no client token, so a second create of the same user fails with `ClientUser.UserExist`
/// and hides that the first one succeeded.
pub static CREATE: Operation =
    Operation { action: "CreateSmartAccessGatewayClientUser", idempotent: false, secret_parameters: &["Password"] };

/// Deletes a user.
pub static DELETE: Operation = harmless("DeleteSmartAccessGatewayClientUser");

/// Lists users, 50 a page.
pub static DESCRIBE: Operation = harmless("DescribeSmartAccessGatewayClientUsers");

/// Changes bandwidth, mail address and address.
pub static MODIFY: Operation = harmless("ModifySmartAccessGatewayClientUser");

/// Sets the password. Repeated, it sets the same one again (and mails it again).
pub static RESET_PASSWORD: Operation =
    Operation { secret_parameters: &["Password"], ..harmless("ResetSmartAccessGatewayClientUserPassword") };

/// Lets a user dial in again.
pub static ENABLE: Operation = harmless("EnableSmartAccessGatewayUser");

/// Lets a user dial in no more.
pub static DISABLE: Operation = harmless("DisableSmartAccessGatewayUser");

/// Ends a user's sessions.
pub static KICK_OUT: Operation = harmless("KickOutClients");

/// Counts the sessions of up to 50 users.
pub static COUNT_ONLINE: Operation = harmless("DescribeUserOnlineClientStatistics");

/// Lists the sessions of one user.
pub static LIST_ONLINE: Operation = harmless("DescribeUserOnlineClients");

/// Lists the instances of a region, 50 a page.
pub static LIST_INSTANCES: Operation = harmless("DescribeSmartAccessGateways");

/// An operation that may be repeated and has no secret parameter.
const fn harmless(action: &'static str) -> Operation {
    Operation { action, idempotent: true, secret_parameters: &[] }
}
