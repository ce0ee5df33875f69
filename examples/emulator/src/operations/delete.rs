//! DeleteSmartAccessGatewayClientUser.

use serde_json::{Value, json};

use super::Ask;
use crate::instance::Instance;
use crate::refusal::Refusal;

pub(super) fn run(ask: &Ask<'_>, instance: &mut Instance) -> Result<Value, Refusal> {
    let name = ask.user_name("UserName")?;
    let Some(name) = instance.find(name, ask.switches).map(|user| user.name.clone()) else {
        return ask.absent(name, &ask.switches.absent_user.delete);
    };
    if instance.account(&name).is_some_and(|account| account.is_in_use(ask.now, ask.switches)) {
        return Err(Refusal::of("ClientUser.UserInUsing"));
    }
    instance.delete(&name, ask.now, ask.switches);
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_INSTANCE;
    use crate::outside::{Outside, UserChange};
    use crate::switches::Verdict;
    use crate::testing::{DELETE, Desk};

    const ALICE: (&str, &str) = ("UserName", "alice.w");

    #[test]
    fn a_deleted_account_is_gone() {
        let mut desk = Desk::new().users(&["alice.w", "bob-w77"]);
        assert_eq!(desk.ask(DELETE, &[ALICE]), json!({}));
        assert_eq!(desk.listed(), ["bob-w77"]);
    }

    #[test]
    fn an_account_used_this_month_stays_until_the_month_is_over() {
        let mut desk = Desk::new().users(&["alice.w"]);
        let used = UserChange { used_this_month: Some(true), ..UserChange::of(DEFAULT_INSTANCE, "alice.w") };
        desk.outside(Outside::ChangeUser(used));
        assert_eq!(desk.refused(DELETE, &[ALICE]), (400, "ClientUser.UserInUsing".to_owned()));
        desk.wait(30 * 24 * 3600 * 1000);
        desk.ask(DELETE, &[ALICE]);
    }

    #[test]
    fn a_name_is_needed_and_must_be_one() {
        let mut desk = Desk::new();
        assert_eq!(desk.refused(DELETE, &[]), (400, "ClientUser.NameEmpty".to_owned()));
        assert_eq!(desk.refused(DELETE, &[("UserName", "x")]), (400, "ClientUser.NameInvalid".to_owned()));
        assert_eq!(desk.refused(DELETE, &[("SmartAGId", "")]), (400, "SAG.InstanceIdEmpty".to_owned()));
        assert_eq!(desk.refused(DELETE, &[("SmartAGId", "sag-x")]), (400, "SAG.InstanceNoFound".to_owned()));
    }

    #[test]
    fn what_an_absent_account_answers_is_a_switch() {
        assert_eq!(Desk::new().refused(DELETE, &[ALICE]), (400, "ClientUser.NameInvalid".to_owned()));
        let mut desk = Desk::with(|switches| switches.absent_user.delete = Verdict::Success);
        desk.ask(DELETE, &[ALICE]);
        let code = "ParameterSagClientId";
        let mut desk = Desk::with(|switches| switches.absent_user.delete = Verdict::Code(code.to_owned()));
        assert_eq!(desk.refused(DELETE, &[ALICE]), (400, code.to_owned()));
    }
}
