//! go-plugin's own services.

use futures_util::FutureExt;
use futures_util::stream::{empty, pending};
use tfplugin_host::wire::health::HealthCheckRequest;
use tfplugin_host::wire::health::health_check_response::ServingStatus;
use tfplugin_host::{Connection, Host};
use tonic::Code;

use crate::{Outcome, PROGRAM};

fn service(name: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: name.to_owned() }
}

/// All that the provider sent before the answer to this has arrived after it.
async fn after_a_round_trip(connection: &Connection) -> Outcome {
    Ok(connection.ping().await?)
}

#[tokio::test]
async fn the_plugin_and_the_whole_server_are_well_and_nothing_else_is_known() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    let mut health = host.connection().health();
    for name in ["plugin", ""] {
        let answer = health.check(service(name)).await?.into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{name}");
    }
    let status = health.check(service("other")).await.expect_err("there is no such service");
    assert_eq!(status.code(), Code::NotFound);
    Ok(())
}

#[tokio::test]
async fn watching_health_tells_the_status_once_and_goes_on() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    for (name, expected) in [("plugin", ServingStatus::Serving), ("other", ServingStatus::ServiceUnknown)] {
        let mut watch = host.connection().health().watch(service(name)).await?.into_inner();
        assert_eq!(watch.message().await?.map(|answer| answer.status()), Some(expected), "{name}");
        after_a_round_trip(host.connection()).await?;
        assert!(watch.message().now_or_never().is_none(), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn stdio_and_broker_stay_open_and_silent() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    let mut stdio = host.connection().stdio().stream_stdio(()).await?.into_inner();
    let mut broker = host.connection().broker().start_stream(pending()).await?.into_inner();
    after_a_round_trip(host.connection()).await?;
    assert!(stdio.message().now_or_never().is_none());
    assert!(broker.message().now_or_never().is_none());
    Ok(())
}

#[tokio::test]
async fn the_broker_ends_when_the_host_ends_its_side() -> Outcome {
    let host = Host::spawn(PROGRAM).start().await?;
    let mut broker = host.connection().broker().start_stream(empty()).await?.into_inner();
    assert_eq!(broker.message().await?, None);
    Ok(())
}
