//! The RPCs: each reads its message, asks the framework, and writes the answer.
//!
//! What this provider does not have is answered with a diagnostic that says so, never with a gRPC status: Terraform
//! shows a status as a crash of the provider.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::{self, Stream};
use tonic::{Request, Response, Status, Streaming};

use super::wire::{self, provider_server};
use super::{Reply, Service, convert, resources};
use crate::framework::{Diagnostic, Diagnostics, FunctionError, Host, Provider, Server};
use crate::value::Type;

type Answer<T> = Result<Response<T>, Status>;
type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl<P: Provider> provider_server::Provider for Service<P> {
    async fn get_metadata(&self, _: Request<wire::get_metadata::Request>) -> Answer<wire::get_metadata::Response> {
        let server = Arc::clone(&self.server);
        self.run("GetMetadata", "", async move {
            wire::get_metadata::Response {
                server_capabilities: Some(capabilities()),
                resources: server
                    .resource_schemas()
                    .map(|(name, _)| wire::get_metadata::ResourceMetadata { type_name: name.to_owned() })
                    .collect(),
                data_sources: server
                    .data_source_schemas()
                    .map(|(name, _)| wire::get_metadata::DataSourceMetadata { type_name: name.to_owned() })
                    .collect(),
                functions: server
                    .functions()
                    .map(|(name, _)| wire::get_metadata::FunctionMetadata { name: name.to_owned() })
                    .collect(),
                ..Default::default()
            }
        })
        .await
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Answer<wire::get_provider_schema::Response> {
        let server = Arc::clone(&self.server);
        self.run("GetProviderSchema", "", async move {
            wire::get_provider_schema::Response {
                provider: Some(convert::schema(&server.provider_block().schema)),
                resource_schemas: server
                    .resource_schemas()
                    .map(|(name, schema)| (name.to_owned(), convert::schema(schema)))
                    .collect(),
                data_source_schemas: server
                    .data_source_schemas()
                    .map(|(name, schema)| (name.to_owned(), convert::schema(schema)))
                    .collect(),
                functions: functions(&server),
                server_capabilities: Some(capabilities()),
                ..Default::default()
            }
        })
        .await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Answer<wire::get_resource_identity_schemas::Response> {
        self.run("GetResourceIdentitySchemas", "", async { Default::default() }).await
    }

    async fn get_functions(&self, _: Request<wire::get_functions::Request>) -> Answer<wire::get_functions::Response> {
        let server = Arc::clone(&self.server);
        self.run("GetFunctions", "", async move {
            wire::get_functions::Response { functions: functions(&server), ..Default::default() }
        })
        .await
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Answer<wire::validate_provider_config::Response> {
        let server = Arc::clone(&self.server);
        self.run("ValidateProviderConfig", "", async move {
            let config = convert::value(request.into_inner().config, &server.provider_block().ty, "the provider block");
            let diagnostics = match config {
                Ok(config) => server.validate_provider(config),
                Err(diagnostics) => diagnostics,
            };
            wire::validate_provider_config::Response { diagnostics: convert::diagnostics(diagnostics) }
        })
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Answer<wire::configure_provider::Response> {
        let server = Arc::clone(&self.server);
        self.run("ConfigureProvider", "", async move {
            let request = request.into_inner();
            let host = Host { version: request.terraform_version };
            let diagnostics = match convert::value(request.config, &server.provider_block().ty, "the provider block") {
                Ok(config) => server.configure(config, &host),
                Err(diagnostics) => diagnostics,
            };
            wire::configure_provider::Response { diagnostics: convert::diagnostics(diagnostics) }
        })
        .await
    }

    async fn stop_provider(&self, _: Request<wire::stop_provider::Request>) -> Answer<wire::stop_provider::Response> {
        self.server.stop();
        Ok(Response::new(wire::stop_provider::Response { error: String::new() }))
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> Answer<wire::validate_resource_config::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.run("ValidateResourceConfig", &name, async move {
            let config = server
                .resource_type(&request.type_name)
                .and_then(|ty| convert::value(request.config, ty, "the configuration"));
            let diagnostics = match config {
                Ok(config) => {
                    let knows_write_only =
                        request.client_capabilities.is_some_and(|it| it.write_only_attributes_allowed);
                    server.validate(&request.type_name, &config, knows_write_only)
                }
                Err(diagnostics) => diagnostics,
            };
            wire::validate_resource_config::Response { diagnostics: convert::diagnostics(diagnostics) }
        })
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Answer<wire::upgrade_resource_state::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.run(
            "UpgradeResourceState",
            &name,
            async move { resources::answered(resources::upgrade(&server, request)) },
        )
        .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Answer<wire::upgrade_resource_identity::Response> {
        let name = request.into_inner().type_name;
        self.run("UpgradeResourceIdentity", &name, absent("resource identity")).await
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Answer<wire::read_resource::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.run("ReadResource", &name, async move { resources::answered(resources::read(&server, request).await) })
            .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Answer<wire::plan_resource_change::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.run("PlanResourceChange", &name, async move { resources::answered(resources::plan(&server, request)) })
            .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Answer<wire::apply_resource_change::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.run("ApplyResourceChange", &name, async move { resources::apply(&server, request).await }).await
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Answer<wire::import_resource_state::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.run("ImportResourceState", &name, async move { resources::answered(resources::import(&server, request)) })
            .await
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Answer<wire::move_resource_state::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.target_type_name.clone();
        self.run(
            "MoveResourceState",
            &name,
            async move { resources::answered(resources::move_state(&server, request)) },
        )
        .await
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Answer<wire::generate_resource_config::Response> {
        let name = request.into_inner().type_name;
        self.run("GenerateResourceConfig", &name, absent("configuration written by the provider")).await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> Answer<wire::validate_data_resource_config::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.run("ValidateDataResourceConfig", &name, async move {
            let config = server
                .data_source_type(&request.type_name)
                .and_then(|ty| convert::value(request.config, ty, "the configuration"));
            let diagnostics = match config {
                Ok(config) => server.validate_data_source(&request.type_name, &config),
                Err(diagnostics) => diagnostics,
            };
            wire::validate_data_resource_config::Response { diagnostics: convert::diagnostics(diagnostics) }
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Answer<wire::read_data_source::Response> {
        let server = Arc::clone(&self.server);
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.run("ReadDataSource", &name, async move { resources::answered(read_data(&server, request).await) }).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        _: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Answer<wire::validate_ephemeral_resource_config::Response> {
        self.run("ValidateEphemeralResourceConfig", "", absent("ephemeral resources")).await
    }

    async fn open_ephemeral_resource(
        &self,
        _: Request<wire::open_ephemeral_resource::Request>,
    ) -> Answer<wire::open_ephemeral_resource::Response> {
        self.run("OpenEphemeralResource", "", absent("ephemeral resources")).await
    }

    async fn renew_ephemeral_resource(
        &self,
        _: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Answer<wire::renew_ephemeral_resource::Response> {
        self.run("RenewEphemeralResource", "", absent("ephemeral resources")).await
    }

    async fn close_ephemeral_resource(
        &self,
        _: Request<wire::close_ephemeral_resource::Request>,
    ) -> Answer<wire::close_ephemeral_resource::Response> {
        self.run("CloseEphemeralResource", "", absent("ephemeral resources")).await
    }

    async fn validate_list_resource_config(
        &self,
        _: Request<wire::validate_list_resource_config::Request>,
    ) -> Answer<wire::validate_list_resource_config::Response> {
        self.run("ValidateListResourceConfig", "", absent("list resources")).await
    }

    type ListResourceStream = Events<wire::list_resource::Event>;

    async fn list_resource(&self, _: Request<wire::list_resource::Request>) -> Answer<Self::ListResourceStream> {
        let diagnostic = vec![convert::diagnostic(unsupported("list resources"))];
        Ok(Response::new(only(wire::list_resource::Event { diagnostic, ..Default::default() })))
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Answer<wire::call_function::Response> {
        let server = Arc::clone(&self.server);
        self.run("CallFunction", "", async move { call(&server, &request.into_inner()) }).await
    }

    async fn validate_action_config(
        &self,
        _: Request<wire::validate_action_config::Request>,
    ) -> Answer<wire::validate_action_config::Response> {
        self.run("ValidateActionConfig", "", absent("actions")).await
    }

    async fn plan_action(&self, _: Request<wire::plan_action::Request>) -> Answer<wire::plan_action::Response> {
        self.run("PlanAction", "", absent("actions")).await
    }

    type InvokeActionStream = Events<wire::invoke_action::Event>;

    async fn invoke_action(&self, _: Request<wire::invoke_action::Request>) -> Answer<Self::InvokeActionStream> {
        use wire::invoke_action::event::{Completed, Type};

        let completed = Completed { diagnostics: vec![convert::diagnostic(unsupported("actions"))] };
        Ok(Response::new(only(wire::invoke_action::Event { r#type: Some(Type::Completed(completed)) })))
    }

    async fn validate_state_store_config(
        &self,
        _: Request<wire::validate_state_store::Request>,
    ) -> Answer<wire::validate_state_store::Response> {
        self.run("ValidateStateStoreConfig", "", absent("state stores")).await
    }

    async fn configure_state_store(
        &self,
        _: Request<wire::configure_state_store::Request>,
    ) -> Answer<wire::configure_state_store::Response> {
        self.run("ConfigureStateStore", "", absent("state stores")).await
    }

    type ReadStateBytesStream = Events<wire::read_state_bytes::Response>;

    async fn read_state_bytes(
        &self,
        _: Request<wire::read_state_bytes::Request>,
    ) -> Answer<Self::ReadStateBytesStream> {
        let diagnostics = vec![convert::diagnostic(unsupported("state stores"))];
        Ok(Response::new(only(wire::read_state_bytes::Response { diagnostics, ..Default::default() })))
    }

    async fn write_state_bytes(
        &self,
        _: Request<Streaming<wire::write_state_bytes::RequestChunk>>,
    ) -> Answer<wire::write_state_bytes::Response> {
        self.run("WriteStateBytes", "", absent("state stores")).await
    }

    async fn lock_state(&self, _: Request<wire::lock_state::Request>) -> Answer<wire::lock_state::Response> {
        self.run("LockState", "", absent("state stores")).await
    }

    async fn unlock_state(&self, _: Request<wire::unlock_state::Request>) -> Answer<wire::unlock_state::Response> {
        self.run("UnlockState", "", absent("state stores")).await
    }

    async fn get_states(&self, _: Request<wire::get_states::Request>) -> Answer<wire::get_states::Response> {
        self.run("GetStates", "", absent("state stores")).await
    }

    async fn delete_state(&self, _: Request<wire::delete_state::Request>) -> Answer<wire::delete_state::Response> {
        self.run("DeleteState", "", absent("state stores")).await
    }
}

/// Each is promised only because it is kept.
fn capabilities() -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        ..Default::default()
    }
}

pub(super) fn unsupported(feature: &str) -> Diagnostic {
    Diagnostic::error(format!("No {feature}"), format!("This version of the provider has no {feature}."))
}

async fn absent<R: Reply>(feature: &'static str) -> R {
    R::refused(unsupported(feature).into())
}

/// A stream of one event.
fn only<T: Send + 'static>(event: T) -> Events<T> {
    Box::pin(stream::iter([Ok(event)]))
}

fn functions<P: Provider>(server: &Server<P>) -> HashMap<String, wire::Function> {
    server.functions().map(|(name, signature)| (name.to_owned(), convert::function(signature))).collect()
}

async fn read_data<P: Provider>(
    server: &Server<P>,
    request: wire::read_data_source::Request,
) -> Result<wire::read_data_source::Response, Diagnostics> {
    let ty = server.data_source_type(&request.type_name)?;
    let config = convert::value(request.config, ty, "the configuration")?;
    let state = server.read_data_source(&request.type_name, config).await?;
    Ok(wire::read_data_source::Response { state: Some(convert::encoded(&state, ty)?), ..Default::default() })
}

fn call<P: Provider>(server: &Server<P>, request: &wire::call_function::Request) -> wire::call_function::Response {
    let argument = |position: usize, ty: &Type| {
        let encoded = request.arguments.get(position).cloned();
        convert::value(encoded, ty, "an argument")
            .map_err(|_| FunctionError::of_argument(position, format!("A value of type {ty} is wanted.")))
    };
    let result = server.call_function(&request.name, request.arguments.len(), argument).and_then(|(value, ty)| {
        convert::encoded(&value, ty)
            .map_err(|_| FunctionError::new("The result does not fit its type. Please report this."))
    });
    match result {
        Ok(result) => wire::call_function::Response { result: Some(result), error: None },
        Err(FunctionError { argument, text }) => {
            let function_argument = argument.and_then(|position| i64::try_from(position).ok());
            // Terraform ends the sentence itself.
            let text = text.strip_suffix('.').map(str::to_owned).unwrap_or(text);
            wire::call_function::Response { result: None, error: Some(wire::FunctionError { text, function_argument }) }
        }
    }
}
