//! Every error that the service can answer: code, HTTP status and message, as one table.

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What clients decide by.
    pub code: String,
    /// HTTP status.
    pub status: u16,
    /// What people read.
    pub message: String,
    /// Whether the gateway in front of the product says it: only such answers carry `Recommend`.
    pub from_gateway: bool,
}

impl Refusal {
    /// The error of that code, with status and message of the table. A code that the table does not know answers 400.
    pub fn of(code: &str) -> Self {
        let row = |(rows, from_gateway): (&[Row], bool)| {
            let (_, status, message) = rows.iter().find(|(known, ..)| *known == code)?;
            Some(Self { code: code.to_owned(), status: *status, message: (*message).to_owned(), from_gateway })
        };
        row((GATEWAY, true)).or_else(|| row((PRODUCT, false))).unwrap_or_else(|| Self {
            code: code.to_owned(),
            status: 400,
            message: "The request was refused.".to_owned(),
            from_gateway: false,
        })
    }

    /// A parameter that every request needs is missing.
    pub fn missing(parameter: &str) -> Self {
        Self {
            code: format!("Missing{parameter}"),
            status: 400,
            message: format!("{parameter} is mandatory for this action."),
            from_gateway: true,
        }
    }

    /// The signature is wrong. The message holds the text that the service signed, by which clients tell a wrong
    /// secret from a wrong text.
    pub fn signature(string_to_sign: &str) -> Self {
        let mut refusal = Self::of("SignatureDoesNotMatch");
        refusal.message.push_str(string_to_sign);
        refusal
    }

    /// The same code with other words or another status.
    pub fn reworded(mut self, status: Option<u16>, message: Option<&str>) -> Self {
        if let Some(status) = status {
            self.status = status;
        }
        if let Some(message) = message {
            self.message = message.to_owned();
        }
        self
    }
}

/// Code, HTTP status, message.
type Row = (&'static str, u16, &'static str);

/// What the gateway answers before the product sees the request.
const GATEWAY: &[Row] = &[
    ("Throttling", 400, "Request was denied due to request throttling."),
    ("Throttling.User", 400, "Request was denied due to user flow control."),
    ("Throttling.Api", 400, "Request was denied due to api flow control."),
    ("Throttling.Api.Concurrency", 400, "Request was denied due to api concurrency control."),
    ("Throttling.System", 400, "Request was denied due to system flow control."),
    ("Rejected.Throttling", 400, "Request was denied due to request throttling."),
    ("ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server."),
    ("InternalError", 500, "The request processing has failed due to some unknown error, exception or failure."),
    ("SignatureNonceUsed", 400, "Specified signature nonce was used already."),
    (
        "SignatureDoesNotMatch",
        400,
        "Specified signature is not matched with our calculation. server string to sign is:",
    ),
    ("IncompleteSignature", 400, "The signature of the request is not of version 1.0."),
    ("InvalidSignatureMethod", 400, "Specified signature method is not valid."),
    ("InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."),
    ("InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted."),
    ("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."),
    ("InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled."),
    ("MissingSecurityToken", 400, "SecurityToken is mandatory for this action."),
    ("InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired."),
    ("InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed."),
    ("InvalidSecurityToken.MismatchWithAccessKey", 400, "Specified SecurityToken mismatch with the AccessKey."),
    (
        "Forbidden.RAM",
        403,
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
    ),
    ("InvalidAction.NotFound", 404, "Specified api is not found, please check your url and method."),
    ("InvalidApi.NotFound", 404, "Specified api is not found, please check your url and method."),
    ("InvalidVersion", 400, "Specified parameter Version is not valid."),
    ("InvalidParameter.Format", 400, "Specified parameter Format is not valid."),
    ("UnsupportedHTTPMethod", 400, "This http method is not supported."),
];

/// What the products themselves answer.
const PRODUCT: &[Row] = &[
    ("MissingParameter", 403, "The input parameter is missing, please check your input."),
    ("InvalidParameter", 403, "The specified parameter is invalid."),
    ("Forbidden", 403, "User not authorized to operate on the specified resource."),
    ("Forbbiden.SubUser", 400, "You are not authorized to operate on the specified resource."),
    ("SAG.InstanceIdEmpty", 400, "You must specify the SAG instance ID."),
    ("SAG.InstanceNoFound", 400, "The specified SAG instance does not exist."),
    ("SAG.CidrEmpty", 400, "You must specify the CIDR blocks of SAG."),
    ("ClientUser.BandwidthInvalid", 400, "The specified Bandwidth is invalid."),
    ("ClientUser.EmailEmpty", 400, "You must specify UserEmail."),
    ("ClientUser.EmailInvalid", 400, "The format of the specified UserEmail is invalid."),
    ("ClientUser.InvalidClientIp", 400, "The specified ClientIp is invalid."),
    ("ClientUser.IpEmpty", 400, "You must specify ClientIp."),
    ("ClientUser.IpInvalid", 400, "The specified ClientIp is invalid."),
    ("ClientUser.NameEmpty", 400, "You must specify UserName."),
    ("ClientUser.NameInvalid", 400, "The specified UserName is invalid."),
    ("ClientUser.PasswordInvalid", 400, "The specified Password is invalid."),
    ("ClientUser.UserExist", 400, "The specified user already exists."),
    ("ClientUser.UserOverLimit", 400, "The maximum number of users is exceeded."),
    (
        "ClientUser.UserInUsing",
        400,
        "The specified SAG user account is already in use this month. You cannot delete it.",
    ),
    ("ClientUser.NotSupportAction", 400, "You cannot create a user in the current SAG instance."),
    ("ResourceInOperating", 400, "The specified resource is being used. Please try later."),
    ("Forbidden.KeyNotFound", 404, "The specified Key is not found."),
    ("Forbidden.NoPermission", 403, "This operation is forbidden by permission system."),
    ("NoPermission", 403, "You are not authorized to do this action. You should be authorized by RAM."),
    ("EntityNotExist.Role", 404, "The specified Role does not exist."),
    ("InvalidParameter.RoleArn", 400, "The parameter RoleArn is wrongly formed."),
    ("InvalidParameter.RoleSessionName", 400, "The parameter RoleSessionName is wrongly formed."),
    ("InvalidParameter.DurationSeconds", 400, "The parameter DurationSeconds is wrongly formed."),
    ("InvalidParameter.PolicyGrammar", 400, "The parameter Policy has not passed grammar check."),
    ("AuthenticationFail.NoPermission", 401, "There is no permission"),
    ("AuthenticationFail.OIDCToken.Invalid", 401, "The Jwt content is invalid that cannot be recognized."),
    ("AuthenticationFail.OIDCToken.InvalidSignature", 401, "OIDC token validate failed: invalid signature."),
    ("AuthenticationFail.OIDCToken.Expired", 401, "This JsonWebToken is expired."),
    ("Rejected.Disabled", 409, "The request was rejected because the key state is Disabled."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_brings_its_status_and_message() {
        let refusal = Refusal::of("InvalidAction.NotFound");
        assert_eq!((refusal.status, refusal.from_gateway), (404, true));
        let refusal = Refusal::of("ClientUser.UserExist");
        assert_eq!((refusal.status, refusal.from_gateway), (400, false));
        assert_eq!(refusal.message, "The specified user already exists.");
    }

    #[test]
    fn an_unknown_code_is_a_bad_request() {
        assert_eq!(Refusal::of("ParameterSagClientId").status, 400);
    }

    #[test]
    fn no_code_stands_twice_in_the_table() {
        let mut codes: Vec<_> = GATEWAY.iter().chain(PRODUCT).map(|(code, ..)| code).collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
