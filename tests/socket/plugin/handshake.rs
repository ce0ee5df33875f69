//! The line on stdout.

use tfplugin_host::{Address, Host, Tls};

use crate::{Outcome, PROGRAM};

#[tokio::test]
async fn with_tls_it_tells_a_socket_and_a_certificate_and_then_nothing_more() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    assert_eq!(host.handshake().protocol, 6);
    assert!(matches!(host.handshake().address, Address::Unix(_)), "{:?}", host.handshake());
    assert!(host.handshake().certificate.is_some());
    let (ended, _folder) = host.shutdown().await?;
    assert_eq!(ended.stdout.len(), 1, "{:?}", ended.stdout);
    Ok(())
}

#[tokio::test]
async fn without_tls_the_certificate_field_is_there_and_empty() -> Outcome {
    let host = Host::spawn(PROGRAM).tls(Tls::Off).start().await?;
    assert_eq!(host.handshake().certificate, None);
    host.connection().ping().await?;
    let (ended, _folder) = host.shutdown().await?;
    assert!(ended.stdout[0].ends_with("|grpc|"), "{:?}", ended.stdout);
    Ok(())
}

#[tokio::test]
async fn whatever_versions_the_host_speaks_the_answer_is_6() -> Outcome {
    for versions in ["5,6", "6,5", "6", "5", "x,6"] {
        let host = Host::spawn(PROGRAM).variable("PLUGIN_PROTOCOL_VERSIONS", versions).start().await?;
        assert_eq!(host.handshake().protocol, 6, "{versions}");
    }
    let host = Host::spawn(PROGRAM).without_variable("PLUGIN_PROTOCOL_VERSIONS").start().await?;
    assert_eq!(host.handshake().protocol, 6);
    Ok(())
}
