//! A configured provider over its socket, and what core asks of it.

use std::path::Path;

use bytes::Bytes;
use smartag_emulator::{DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET, DEFAULT_REGION, Emulator};
use terraform_provider_smartag::value::{Type, Value};
use tfplugin_host::wire::diagnostic::Severity;
use tfplugin_host::wire::provider_client::ProviderClient;
use tfplugin_host::{Host, wire};
use tonic::transport::Channel;

use crate::Failure;

const USER: &str = "smartag_client_user";

/// A provider with a service to call.
pub struct Session {
    host: Host,
    client: ProviderClient<Channel>,
    user: Type,
}

/// A user as Terraform keeps it.
#[derive(Clone, Debug)]
pub struct Stored {
    pub state: Value,
    pub private: Bytes,
}

impl Stored {
    /// None yet, or none any more.
    pub fn nothing() -> Self {
        Self { state: Value::Null, private: Bytes::new() }
    }
}

impl Session {
    pub async fn open(program: &Path, emulator: &Emulator) -> Result<Self, Failure> {
        let host = Host::spawn(program).start().await?;
        let mut client = host.provider();
        let schema = client.get_provider_schema(wire::get_provider_schema::Request {}).await?.into_inner();
        check("GetProviderSchema", &schema.diagnostics)?;
        let block = object_type(&schema.provider.ok_or("the provider has no schema of its own block")?)?;
        let user = object_type(schema.resource_schemas.get(USER).ok_or_else(|| format!("there is no {USER}"))?)?;
        let endpoints = filled(attribute(&block, "endpoints")?, [("smartag", emulator.url().into())]);
        let config = filled(
            &block,
            [
                ("access_key", DEFAULT_ACCESS_KEY_ID.into()),
                ("secret_key", DEFAULT_ACCESS_KEY_SECRET.into()),
                ("region", DEFAULT_REGION.into()),
                ("endpoints", endpoints),
            ],
        );
        let request = wire::configure_provider::Request {
            terraform_version: "1.11.4".to_owned(),
            config: encoded(&config, &block)?,
            client_capabilities: None,
        };
        check("ConfigureProvider", &client.configure_provider(request).await?.into_inner().diagnostics)?;
        Ok(Self { host, client, user })
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Ends the provider as Terraform does.
    pub async fn close(self) -> Result<(), Failure> {
        drop(self.client);
        self.host.shutdown().await?;
        Ok(())
    }

    /// A user's object with these attributes, and null for the rest.
    pub fn user<const N: usize>(&self, attributes: [(&str, Value); N]) -> Value {
        filled(&self.user, attributes)
    }

    /// The call that does nothing but name what there is.
    pub async fn metadata(&self) -> Result<(), Failure> {
        let response = self.client().get_metadata(wire::get_metadata::Request {}).await?.into_inner();
        check("GetMetadata", &response.diagnostics)
    }

    pub async fn validate(&self, config: &Value) -> Result<(), Failure> {
        let request = wire::validate_resource_config::Request {
            type_name: USER.to_owned(),
            config: encoded(config, &self.user)?,
            client_capabilities: None,
        };
        let response = self.client().validate_resource_config(request).await?.into_inner();
        check("ValidateResourceConfig", &response.diagnostics)
    }

    /// From JSON as a state file holds it.
    pub async fn upgrade(&self, json: &[u8]) -> Result<Value, Failure> {
        let request = wire::upgrade_resource_state::Request {
            type_name: USER.to_owned(),
            version: 0,
            raw_state: Some(wire::RawState { json: json.to_vec().into(), ..Default::default() }),
        };
        let response = self.client().upgrade_resource_state(request).await?.into_inner();
        check("UpgradeResourceState", &response.diagnostics)?;
        self.decoded(response.upgraded_state)
    }

    pub async fn read(&self, stored: &Stored) -> Result<Stored, Failure> {
        let request = wire::read_resource::Request {
            type_name: USER.to_owned(),
            current_state: encoded(&stored.state, &self.user)?,
            private: stored.private.clone(),
            ..Default::default()
        };
        let response = self.client().read_resource(request).await?.into_inner();
        check("ReadResource", &response.diagnostics)?;
        Ok(Stored { state: self.decoded(response.new_state)?, private: response.private })
    }

    /// Plans from `prior` to `config`, which with the computed attributes is `proposed`.
    pub async fn plan(&self, prior: &Stored, config: &Value, proposed: &Value) -> Result<Stored, Failure> {
        let request = wire::plan_resource_change::Request {
            type_name: USER.to_owned(),
            prior_state: encoded(&prior.state, &self.user)?,
            proposed_new_state: encoded(proposed, &self.user)?,
            config: encoded(config, &self.user)?,
            prior_private: prior.private.clone(),
            ..Default::default()
        };
        let response = self.client().plan_resource_change(request).await?.into_inner();
        check("PlanResourceChange", &response.diagnostics)?;
        Ok(Stored { state: self.decoded(response.planned_state)?, private: response.planned_private })
    }

    pub async fn apply(&self, prior: &Stored, planned: &Stored, config: &Value) -> Result<Stored, Failure> {
        let request = wire::apply_resource_change::Request {
            type_name: USER.to_owned(),
            prior_state: encoded(&prior.state, &self.user)?,
            planned_state: encoded(&planned.state, &self.user)?,
            config: encoded(config, &self.user)?,
            planned_private: planned.private.clone(),
            ..Default::default()
        };
        let response = self.client().apply_resource_change(request).await?.into_inner();
        check("ApplyResourceChange", &response.diagnostics)?;
        Ok(Stored { state: self.decoded(response.new_state)?, private: response.private })
    }

    /// Each call takes a clone, as the generated clients want; they share the connection.
    fn client(&self) -> ProviderClient<Channel> {
        self.client.clone()
    }

    fn decoded(&self, value: Option<wire::DynamicValue>) -> Result<Value, Failure> {
        Ok(Value::from_msgpack(&value.unwrap_or_default().msgpack, &self.user)?)
    }
}

/// Anything that a provider has to complain about makes its figures worthless.
pub fn check(rpc: &str, diagnostics: &[wire::Diagnostic]) -> Result<(), Failure> {
    match diagnostics.iter().find(|diagnostic| diagnostic.severity() == Severity::Error) {
        Some(error) => Err(format!("{rpc} ended with an error: {}: {}", error.summary, error.detail).into()),
        None => Ok(()),
    }
}

fn encoded(value: &Value, ty: &Type) -> Result<Option<wire::DynamicValue>, Failure> {
    Ok(Some(wire::DynamicValue { msgpack: value.to_msgpack(ty)?.into(), json: Bytes::new() }))
}

fn filled<const N: usize>(ty: &Type, attributes: [(&str, Value); N]) -> Value {
    let mut object = Value::empty_object(ty);
    for (name, value) in attributes {
        object.set_attribute(name, value);
    }
    object
}

fn attribute<'a>(ty: &'a Type, name: &str) -> Result<&'a Type, Failure> {
    match ty {
        Type::Object(attributes) => attributes.get(name).ok_or_else(|| format!("there is no {name}").into()),
        _ => Err(format!("{ty} has no attributes").into()),
    }
}

fn object_type(schema: &wire::Schema) -> Result<Type, Failure> {
    let block = schema.block.as_ref().ok_or("a schema without a block")?;
    block_type(block)
}

fn block_type(block: &wire::schema::Block) -> Result<Type, Failure> {
    let mut attributes = Vec::new();
    for attribute in &block.attributes {
        attributes.push((attribute.name.clone(), Type::from_json(&attribute.r#type)?));
    }
    for nested in &block.block_types {
        let block = nested.block.as_ref().ok_or("a nested block without a schema")?;
        let ty = block_type(block)?;
        attributes.push((nested.type_name.clone(), nested_type(nested, ty)));
    }
    Ok(Type::object(attributes))
}

fn nested_type(nested: &wire::schema::NestedBlock, ty: Type) -> Type {
    use wire::schema::nested_block::NestingMode;

    match nested.nesting() {
        NestingMode::List => Type::list_of(ty),
        NestingMode::Set => Type::set_of(ty),
        NestingMode::Map => Type::map_of(ty),
        NestingMode::Single | NestingMode::Group | NestingMode::Invalid => ty,
    }
}
