//! What this provider does not have is said in a diagnostic, never in a gRPC status, which Terraform shows as a crash.

use tfplugin_host::wire::{self, invoke_action::event::Type as Event};

use crate::Outcome;
use crate::terraform::Terraform;

/// Calls each RPC with an empty request and gathers the texts of its diagnostics.
macro_rules! told {
    ($client:expr, $($rpc:ident($request:expr)),+ $(,)?) => {
        vec![$((stringify!($rpc), $client.$rpc($request).await?.into_inner().diagnostics)),+]
    };
}

#[tokio::test]
async fn every_rpc_that_has_nothing_to_do_says_so() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let mut client = terraform.client();
    for (rpc, diagnostics) in told!(
        client,
        upgrade_resource_identity(wire::upgrade_resource_identity::Request::default()),
        move_resource_state(wire::move_resource_state::Request::default()),
        generate_resource_config(wire::generate_resource_config::Request::default()),
        validate_data_resource_config(wire::validate_data_resource_config::Request::default()),
        read_data_source(wire::read_data_source::Request::default()),
        validate_ephemeral_resource_config(wire::validate_ephemeral_resource_config::Request::default()),
        open_ephemeral_resource(wire::open_ephemeral_resource::Request::default()),
        renew_ephemeral_resource(wire::renew_ephemeral_resource::Request::default()),
        close_ephemeral_resource(wire::close_ephemeral_resource::Request::default()),
        validate_list_resource_config(wire::validate_list_resource_config::Request::default()),
        validate_action_config(wire::validate_action_config::Request::default()),
        plan_action(wire::plan_action::Request::default()),
        validate_state_store_config(wire::validate_state_store::Request::default()),
        configure_state_store(wire::configure_state_store::Request::default()),
        lock_state(wire::lock_state::Request::default()),
        unlock_state(wire::unlock_state::Request::default()),
        get_states(wire::get_states::Request::default()),
        delete_state(wire::delete_state::Request::default()),
        write_state_bytes(futures_util::stream::empty()),
    ) {
        assert_eq!(diagnostics.len(), 1, "{rpc}");
        assert!(diagnostics[0].detail.ends_with('.'), "{rpc}: {:?}", diagnostics[0]);
    }
    Ok(())
}

#[tokio::test]
async fn streams_end_with_the_event_that_says_so() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let mut client = terraform.client();

    let mut listed = client.list_resource(wire::list_resource::Request::default()).await?.into_inner();
    assert_eq!(listed.message().await?.ok_or("no event")?.diagnostic.len(), 1);
    assert!(listed.message().await?.is_none());

    let mut invoked = client.invoke_action(wire::invoke_action::Request::default()).await?.into_inner();
    match invoked.message().await?.and_then(|event| event.r#type) {
        Some(Event::Completed(completed)) => assert_eq!(completed.diagnostics.len(), 1),
        other => panic!("without Completed, Terraform takes an action for successful: {other:?}"),
    }

    let mut bytes = client.read_state_bytes(wire::read_state_bytes::Request::default()).await?.into_inner();
    assert_eq!(bytes.message().await?.ok_or("no event")?.diagnostics.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_is_there_is_counted_and_what_may_be_empty_is_empty() -> Outcome {
    let terraform = Terraform::unconfigured().await?;
    let mut client = terraform.client();
    let metadata = client.get_metadata(wire::get_metadata::Request {}).await?.into_inner();
    assert_eq!((metadata.resources.len(), metadata.data_sources.len(), metadata.functions.len()), (2, 4, 2));
    let identities = client.get_resource_identity_schemas(wire::get_resource_identity_schemas::Request {}).await?;
    assert_eq!(identities.into_inner(), wire::get_resource_identity_schemas::Response::default());
    let called = client.call_function(wire::call_function::Request::default()).await?.into_inner();
    assert!(called.error.is_some() && called.result.is_none());
    Ok(())
}
