//! StopProvider: what only waits ends at once, what exists stays known, and what is asked next is answered as ever.

use std::time::{Duration, Instant};

use smartag_emulator::{DEFAULT_INSTANCE, Fault, What};
use terraform_provider_smartag::value::Value;
use tfplugin_host::wire;

use crate::Outcome;
use crate::terraform::{Applied, Planned, Stored, Terraform, alice, errors};

const USER: &str = "smartag_client_user";
const CREATE: &str = "CreateSmartAccessGatewayClientUser";
const DELETE: &str = "DeleteSmartAccessGatewayClientUser";
const LIST: &str = "DescribeSmartAccessGatewayClientUsers";
const MODIFY: &str = "ModifySmartAccessGatewayClientUser";

/// How long what is stopped would go on otherwise, at least.
const LONG: Duration = Duration::from_secs(20);

/// What is stopped ends within a second; the rest is for a busy machine.
const AT_ONCE: Duration = Duration::from_secs(3);

type Failure = Box<dyn std::error::Error>;

/// Does this, asks to stop as soon as `reached` holds, and makes sure that it ends then.
async fn stopped<T>(
    terraform: &Terraform,
    work: impl Future<Output = Result<T, Failure>>,
    reached: impl Fn() -> bool,
) -> Result<T, Failure> {
    let stop = async {
        let begun = Instant::now();
        while !reached() {
            assert!(begun.elapsed() < LONG / 2, "it never came to where it was to be stopped");
            // The emulator has a thread of its own, and tells nobody when it is called.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let asked = Instant::now();
        let answer = terraform.client().stop_provider(wire::stop_provider::Request {}).await;
        answer.map(|answer| (asked, answer.into_inner().error))
    };
    let (done, answer) = tokio::join!(work, stop);
    let (asked, error) = answer?;
    assert_eq!(error, "");
    assert!(asked.elapsed() < AT_ONCE, "it went on for {:?}", asked.elapsed());
    done
}

/// An account that was just made.
async fn made(terraform: &Terraform) -> Result<Stored, Failure> {
    let config = alice(terraform, &[]);
    let planned = terraform.plan(USER, &Stored::nothing(), &config).await?;
    let applied = terraform.apply(USER, &Stored::nothing(), &planned, &config).await?;
    assert_eq!(errors(&applied.diagnostics), [""; 0]);
    terraform.emulator.clear_calls();
    Ok(applied.stored)
}

/// It says that it was stopped, and what is stored is what was.
fn assert_kept(applied: &Applied, stored: &Stored) {
    let [told] = &errors(&applied.diagnostics)[..] else { panic!("one error was expected: {applied:?}") };
    assert!(told.contains("stopped on request"), "{told}");
    assert_eq!(applied.stored.state, stored.state, "{told}");
}

#[tokio::test]
async fn a_read_that_waits_for_a_list_that_lags_ends_at_once_and_does_not_take_the_account_for_gone() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.emulator.change_switches(|switches| switches.list_lag_ms = 3_600_000);
    let stored = made(&terraform).await?;
    // It looks at the list, then once more, and then it waits.
    let looked = || terraform.emulator.count(LIST) >= 2;
    let read = stopped(&terraform, terraform.read(USER, &stored), looked).await?;
    assert_kept(&read, &stored);

    terraform.emulator.change_switches(|switches| switches.list_lag_ms = 0);
    let read = terraform.read(USER, &stored).await?;
    assert_eq!((errors(&read.diagnostics).len(), read.stored.state), (0, stored.state));
    Ok(())
}

#[tokio::test]
async fn a_read_that_has_less_time_than_the_list_lags_does_not_take_the_account_for_gone_either() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let block = terraform.provider_block(&[("max_retry_timeout", 1.into())]);
    assert_eq!(errors(&terraform.configure(block).await?), [""; 0]);
    terraform.emulator.change_switches(|switches| switches.list_lag_ms = 3_600_000);
    let stored = made(&terraform).await?;
    let read = terraform.read(USER, &stored).await?;
    let [told] = &errors(&read.diagnostics)[..] else { panic!("one error was expected: {read:?}") };
    assert!(told.contains("Could not read client user alice.w") && told.contains("was given up after"), "{told}");
    assert_eq!(read.stored.state, stored.state);
    Ok(())
}

#[tokio::test]
async fn a_read_that_waits_for_an_answer_or_for_its_next_try_ends_at_once_and_the_next_one_is_answered() -> Outcome {
    for fault in [
        Fault::new(LIST, What::Slow).before(LONG),
        Fault::new(LIST, What::Slow).after(LONG),
        Fault::new(LIST, What::Html).times(1_000),
    ] {
        let terraform = Terraform::configured().await?;
        let stored = made(&terraform).await?;
        let strikes = fault.times.min(3);
        terraform.emulator.fault(fault.clone());
        let struck = || terraform.emulator.faults().iter().map(|left| left.times).sum::<u32>() + strikes <= fault.times;
        let read = stopped(&terraform, terraform.read(USER, &stored), struck).await?;
        assert_kept(&read, &stored);

        terraform.emulator.clear_faults();
        let read = terraform.read(USER, &stored).await?;
        assert_eq!((errors(&read.diagnostics).len(), &read.stored.state), (0, &stored.state), "{fault:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_create_that_waits_for_its_turn_ends_at_once_and_makes_nothing() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.emulator.fault(Fault::new(CREATE, What::throttle(LONG)));
    let struck = || terraform.emulator.faults().is_empty();
    let config = alice(&terraform, &[]);
    let (nothing, planned) = (Stored::nothing(), terraform.plan(USER, &Stored::nothing(), &config).await?);
    let applied = stopped(&terraform, terraform.apply(USER, &nothing, &planned, &config), struck).await?;
    assert_kept(&applied, &nothing);
    assert!(terraform.emulator.users(DEFAULT_INSTANCE).is_empty());
    Ok(())
}

#[tokio::test]
async fn a_change_that_waits_for_its_answer_ends_at_once_and_the_next_run_finds_what_became_of_it() -> Outcome {
    for (action, change) in [
        (MODIFY, ("bandwidth", 3000.into())),
        ("ResetSmartAccessGatewayClientUserPassword", ("password", "another-secret".into())),
        ("DisableSmartAccessGatewayUser", ("enabled", false.into())),
    ] {
        let terraform = Terraform::configured().await?;
        let stored = made(&terraform).await?;
        let config = alice(&terraform, &[change]);
        let planned = terraform.plan(USER, &stored, &config).await?;
        terraform.emulator.fault(Fault::new(action, What::Slow).after(LONG));
        let struck = || terraform.emulator.faults().is_empty();
        let applied = stopped(&terraform, terraform.apply(USER, &stored, &planned, &config), struck).await?;
        assert_kept(&applied, &stored);
        let refreshed = terraform.read(USER, &applied.stored).await?.stored;
        terraform.converge(USER, refreshed, &config).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_delete_that_waits_for_its_answer_ends_at_once_and_the_account_is_gone_at_the_next_look() -> Outcome {
    let terraform = Terraform::configured().await?;
    let stored = made(&terraform).await?;
    terraform.emulator.fault(Fault::new(DELETE, What::Slow).after(LONG));
    let struck = || terraform.emulator.faults().is_empty();
    let nothing = Planned::destroy();
    let destroyed = terraform.apply(USER, &stored, &nothing, &Value::Null);
    let deleted = stopped(&terraform, destroyed, struck).await?;
    assert_kept(&deleted, &stored);
    let again = terraform.apply(USER, &stored, &Planned::destroy(), &Value::Null).await?;
    assert_eq!((errors(&again.diagnostics).len(), again.stored.state), (0, Value::Null));
    Ok(())
}

#[tokio::test]
async fn a_create_that_waits_for_the_list_to_show_who_has_the_name_ends_at_once_with_what_to_import() -> Outcome {
    let terraform = Terraform::configured().await?;
    terraform.emulator.change_switches(|switches| switches.list_lag_ms = 3_600_000);
    made(&terraform).await?;
    let config = alice(&terraform, &[]);
    let (nothing, planned) = (Stored::nothing(), terraform.plan(USER, &Stored::nothing(), &config).await?);
    let looked = || terraform.emulator.count(LIST) >= 1;
    let applied = stopped(&terraform, terraform.apply(USER, &nothing, &planned, &config), looked).await?;
    let [told] = &errors(&applied.diagnostics)[..] else { panic!("one error was expected: {applied:?}") };
    assert!(told.contains("UserExist") && told.contains("id = \"cn-shanghai:sag-emulator0001:alice.w\""), "{told}");
    assert_eq!(applied.stored.state, Value::Null);
    Ok(())
}
