//! What becomes of panics, seen through a provider that panics on purpose.

use std::env::consts::EXE_SUFFIX;
use std::path::Path;

use terraform_provider_smartag::value::Value;
use tfplugin_host::{Host, Spawn};

use crate::terraform::{Applied, Stored, Terraform, errors, texts};
use crate::{Outcome, PROGRAM};

const THING: &str = "panicking_thing";

/// What the thing holds while the provider panics.
const SECRET: &str = "hush-while-it-panics";

fn spawn() -> Spawn {
    let program = format!("examples/terraform-provider-panicking{EXE_SUFFIX}");
    let program = Path::new(PROGRAM).with_file_name(program);
    assert!(program.exists(), "{} is missing: `cargo build --examples` makes it", program.display());
    Host::spawn(program)
}

async fn configured(spawn: Spawn) -> Result<Terraform, Box<dyn std::error::Error>> {
    let terraform = Terraform::start(spawn).await?;
    let block = Value::empty_object(&terraform.provider_type);
    assert_eq!(texts(&terraform.configure(block).await?), [""; 0]);
    Ok(terraform)
}

/// Creates a thing that panics at this point.
async fn create(terraform: &Terraform, when: &str) -> Result<Applied, Box<dyn std::error::Error>> {
    let config = terraform.config(THING, &[("when", when.into()), ("password", SECRET.into())]);
    let planned = terraform.plan(THING, &Stored::nothing(), &config).await?;
    terraform.apply(THING, &Stored::nothing(), &planned, &config).await
}

fn is_there(applied: &Applied) -> bool {
    applied.stored.state.attribute("id") == Some(&"made".into())
}

#[tokio::test]
async fn a_panic_in_a_call_is_a_diagnostic_that_keeps_what_exists_and_the_process_lives_on() -> Outcome {
    let terraform = configured(spawn().variable("TF_LOG", "TRACE")).await?;
    for _ in 0..3 {
        let applied = create(&terraform, "after create").await?;
        let [told] = &errors(&applied.diagnostics)[..] else { panic!("{applied:?}") };
        assert!(told.contains("Defect in the provider: ") && told.contains("the forge went cold over Thing"), "{told}");
        assert!(told.contains("password: Known(***)") && !told.contains(SECRET), "{told}");
        assert!(is_there(&applied), "{applied:?}");
    }
    let created = create(&terraform, "in read").await?;
    let read = terraform.read(THING, &created.stored).await?;
    assert!(errors(&read.diagnostics)[0].contains("the glass is broken"), "{read:?}");
    assert!(is_there(&read), "what cannot be read is not gone");

    let well = create(&terraform, "never").await?;
    assert_eq!((texts(&well.diagnostics), is_there(&well)), (vec![], true));

    let (ended, _folder) = terraform.host.shutdown().await?;
    assert_eq!(ended.status.code(), Some(0));
    let log = ended.stderr.join("\n");
    assert_eq!(log.matches("panic in a handler: the forge went cold").count(), 3, "{log}");
    assert!(!ended.stderr.iter().any(|line| line.starts_with("panic: ")), "{log}");
    assert!(!log.contains(SECRET), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_panic_outside_of_all_calls_is_one_line_for_the_crash_report_and_nobody_dies_of_it() -> Outcome {
    let terraform = configured(spawn()).await?;
    let created = create(&terraform, "in a thread").await?;
    assert_eq!((texts(&created.diagnostics), is_there(&created)), (vec![], true));
    assert!(is_there(&create(&terraform, "never").await?));

    let (ended, _folder) = terraform.host.shutdown().await?;
    assert_eq!(ended.status.code(), Some(0));
    let [first, second] = &ended.stderr[..] else { panic!("{:?}", ended.stderr) };
    assert!(first.starts_with("panic: panicked at tests/stub/panicking/main.rs:"), "{first}");
    assert!(second.starts_with("a thread fell over Thing") && second.contains("password: Known(***)"), "{second}");
    assert!(!second.contains(SECRET), "{second}");
    Ok(())
}
