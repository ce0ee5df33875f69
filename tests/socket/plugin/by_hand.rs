//! What a person sees who starts the program.

use tfplugin_host::{Ended, Host};

use crate::{Outcome, PROGRAM};

async fn run(arguments: &[&str]) -> Result<Ended, Box<dyn std::error::Error>> {
    let plain = Host::spawn(PROGRAM).without_variable("TF_PLUGIN_MAGIC_COOKIE");
    let (process, _folder) = arguments.iter().fold(plain, |spawn, argument| spawn.argument(argument)).run()?;
    Ok(process.ended().await?)
}

#[tokio::test]
async fn without_the_cookie_it_explains_itself_on_stderr_and_exits_with_1() -> Outcome {
    let ended = run(&[]).await?;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.stdout, [""; 0]);
    let text = ended.stderr.join("\n");
    for part in ["is a plugin", "source = \"smartag/smartag\"", "terraform init", "--debug", "--help"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_cookie_is_no_cookie() -> Outcome {
    let (process, _folder) = Host::spawn(PROGRAM).variable("TF_PLUGIN_MAGIC_COOKIE", "d602").run()?;
    let ended = process.ended().await?;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.stdout, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn version_prints_name_and_version() -> Outcome {
    let ended = run(&["--version"]).await?;
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(ended.stdout, [concat!("terraform-provider-smartag ", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(ended.stderr, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn help_tells_all_flags_and_the_variables_of_the_log() -> Outcome {
    let ended = run(&["--help"]).await?;
    assert_eq!(ended.status.code(), Some(0));
    let text = ended.stdout.join("\n");
    for part in ["--debug", "--version", "--help", "TF_LOG_PROVIDER_SMARTAG", "registry.terraform.io/smartag/smartag"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_flag_or_a_stray_word_is_an_error_that_names_it() -> Outcome {
    for argument in ["--debgu", "serve"] {
        let ended = run(&[argument]).await?;
        assert_eq!(ended.status.code(), Some(2), "{argument}");
        assert_eq!(ended.stdout, [""; 0], "{argument}");
        assert!(ended.stderr.join("\n").contains(argument), "{:?}", ended.stderr);
    }
    Ok(())
}
