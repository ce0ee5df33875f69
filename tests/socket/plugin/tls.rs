//! Who may connect.

use tfplugin_host::{Address, Credentials, Host, Tls};
use tokio::net::UnixStream;

use crate::{Outcome, PROGRAM};

#[tokio::test]
async fn the_host_is_admitted_and_everybody_else_refused_in_both_versions_of_tls() -> Outcome {
    for tls in [Tls::V12, Tls::V13] {
        let host = Host::spawn(PROGRAM).tls(tls).start().await?;
        for stranger in [Credentials::None, Credentials::Foreign, Credentials::PlainText] {
            let refused = host.connect_as(stranger).await;
            assert!(refused.is_err(), "{tls:?} {stranger:?}");
        }
        host.connection().ping().await?;
        host.connect_as(Credentials::Own).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_says_nothing_keeps_nobody_else_waiting() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    let Address::Unix(path) = &host.handshake().address else { return Err("a socket was expected".into()) };
    let _silent = UnixStream::connect(path).await?;
    host.connect_as(Credentials::Own).await?;
    Ok(())
}

#[tokio::test]
async fn a_client_certificate_that_cannot_be_read_is_an_error_that_names_the_variable() -> Outcome {
    let (process, folder) = Host::spawn(PROGRAM).variable("PLUGIN_CLIENT_CERT", "no certificate").run()?;
    let ended = process.ended().await?;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.stdout, [""; 0]);
    assert!(ended.stderr.join("\n").contains("PLUGIN_CLIENT_CERT"), "{:?}", ended.stderr);
    assert_eq!(folder.path().read_dir()?.count(), 0);
    Ok(())
}
