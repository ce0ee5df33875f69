//! Terraform's part of the conversation: what core does around each call, and what it insists on.

use std::collections::BTreeMap;
use std::error::Error;

use bytes::Bytes;
use smartag_emulator::{
    Config, DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET, DEFAULT_INSTANCE, DEFAULT_REGION, Emulator,
};
use terraform_provider_smartag::value::{Type, Value};
use tfplugin_host::wire::{self, provider_client::ProviderClient};
use tfplugin_host::{Host, Spawn};
use tonic::transport::Channel;

use crate::PROGRAM;

/// A provider over its socket, and the service it talks to.
pub struct Terraform {
    pub host: Host,
    pub emulator: Emulator,
    pub provider_type: Type,
    schemas: BTreeMap<String, wire::Schema>,
    data_schemas: BTreeMap<String, wire::Schema>,
}

/// An object as Terraform keeps it.
#[derive(Clone, Debug)]
pub struct Stored {
    pub state: Value,
    pub private: Bytes,
}

/// What a plan says.
#[derive(Debug)]
pub struct Planned {
    pub state: Value,
    pub private: Bytes,
    pub replace: Vec<String>,
    pub diagnostics: Vec<wire::Diagnostic>,
}

/// What an apply leaves.
#[derive(Debug)]
pub struct Applied {
    pub stored: Stored,
    pub diagnostics: Vec<wire::Diagnostic>,
}

type Failure = Box<dyn Error>;

impl Terraform {
    /// A provider that is started but not configured.
    pub async fn unconfigured() -> Result<Self, Failure> {
        Self::start(Host::spawn(PROGRAM)).await
    }

    /// A provider that is configured for an emulator of its own.
    pub async fn configured() -> Result<Self, Failure> {
        let terraform = Self::unconfigured().await?;
        let diagnostics = terraform.configure(terraform.provider_block(&[])).await?;
        assert_eq!(texts(&diagnostics), [""; 0]);
        Ok(terraform)
    }

    /// Starts a provider as told.
    pub async fn start(spawn: Spawn) -> Result<Self, Failure> {
        let emulator = Emulator::start(Config::default())?;
        let host = spawn.start().await?;
        let schema = host.provider().get_provider_schema(wire::get_provider_schema::Request {}).await?.into_inner();
        assert_eq!(texts(&schema.diagnostics), [""; 0]);
        let provider_type = object_type(&schema.provider.ok_or("no provider schema")?);
        let schemas = schema.resource_schemas.into_iter().collect();
        let data_schemas = schema.data_source_schemas.into_iter().collect();
        Ok(Self { host, emulator, provider_type, schemas, data_schemas })
    }

    pub fn client(&self) -> ProviderClient<Channel> {
        self.host.provider()
    }

    /// The type of an argument or block of the provider block.
    pub fn provider_argument(&self, name: &str) -> &Type {
        let Type::Object(arguments) = &self.provider_type else { panic!("a provider block is an object") };
        &arguments[name]
    }

    /// A provider block for the emulator, with some arguments replaced.
    pub fn provider_block(&self, arguments: &[(&str, Value)]) -> Value {
        let url = || Value::from(self.emulator.url());
        let endpoints = filled(self.provider_argument("endpoints"), &[("smartag", url()), ("kms", url())]);
        let mut block = filled(
            &self.provider_type,
            &[
                ("access_key", DEFAULT_ACCESS_KEY_ID.into()),
                ("secret_key", DEFAULT_ACCESS_KEY_SECRET.into()),
                ("region", DEFAULT_REGION.into()),
                ("endpoints", endpoints),
            ],
        );
        arguments.iter().for_each(|(name, value)| block.set_attribute(name, value.clone()));
        block
    }

    /// The configuration of a resource: what is named, and null for the rest.
    pub fn config(&self, resource: &str, arguments: &[(&str, Value)]) -> Value {
        filled(&self.ty(resource), arguments)
    }

    /// The object type of a resource.
    pub fn ty(&self, resource: &str) -> Type {
        object_type(&self.schemas[resource])
    }

    pub fn encoded(&self, resource: &str, value: &Value) -> Option<wire::DynamicValue> {
        Some(encoded(value, &self.ty(resource)))
    }

    pub async fn configure(&self, block: Value) -> Result<Vec<wire::Diagnostic>, Failure> {
        let config = Some(encoded(&block, &self.provider_type));
        let request = wire::validate_provider_config::Request { config: config.clone() };
        let mut diagnostics = self.client().validate_provider_config(request).await?.into_inner().diagnostics;
        if errors(&diagnostics).is_empty() {
            let request = wire::configure_provider::Request {
                terraform_version: "1.11.4".to_owned(),
                config,
                client_capabilities: None,
            };
            diagnostics.extend(self.client().configure_provider(request).await?.into_inner().diagnostics);
        }
        Ok(diagnostics)
    }

    pub async fn validate(&self, resource: &str, config: &Value) -> Result<Vec<wire::Diagnostic>, Failure> {
        let request = wire::validate_resource_config::Request {
            type_name: resource.to_owned(),
            config: self.encoded(resource, config),
            client_capabilities: Some(wire::ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            }),
        };
        Ok(self.client().validate_resource_config(request).await?.into_inner().diagnostics)
    }

    /// Plans as core does: proposes, and proposes again without prior state where the object must be replaced.
    pub async fn plan(&self, resource: &str, prior: &Stored, config: &Value) -> Result<Planned, Failure> {
        let first = self.plan_once(resource, prior, config).await?;
        if first.replace.is_empty() || !errors(&first.diagnostics).is_empty() {
            return Ok(first);
        }
        let gone = Stored { state: Value::Null, private: first.private };
        let again = self.plan_once(resource, &gone, config).await?;
        Ok(Planned { replace: first.replace, ..again })
    }

    async fn plan_once(&self, resource: &str, prior: &Stored, config: &Value) -> Result<Planned, Failure> {
        let ty = self.ty(resource);
        let schema = &self.schemas[resource];
        let proposed = if config.is_null() { Value::Null } else { proposed(schema, &prior.state, config) };
        let request = wire::plan_resource_change::Request {
            type_name: resource.to_owned(),
            prior_state: Some(encoded(&prior.state, &ty)),
            proposed_new_state: Some(encoded(&proposed, &ty)),
            config: Some(encoded(config, &ty)),
            prior_private: prior.private.clone(),
            ..Default::default()
        };
        let response = self.client().plan_resource_change(request).await?.into_inner();
        assert!(!response.legacy_type_system);
        Ok(Planned {
            state: decoded(response.planned_state, &ty)?,
            private: response.planned_private,
            replace: response.requires_replace.iter().map(path_text).collect(),
            diagnostics: response.diagnostics,
        })
    }

    /// Applies a plan.
    pub async fn apply(
        &self,
        resource: &str,
        prior: &Stored,
        planned: &Planned,
        config: &Value,
    ) -> Result<Applied, Failure> {
        let ty = self.ty(resource);
        let request = wire::apply_resource_change::Request {
            type_name: resource.to_owned(),
            prior_state: Some(encoded(&prior.state, &ty)),
            planned_state: Some(encoded(&planned.state, &ty)),
            config: Some(encoded(config, &ty)),
            planned_private: planned.private.clone(),
            ..Default::default()
        };
        let response = self.client().apply_resource_change(request).await?.into_inner();
        let state = decoded(response.new_state, &ty)?;
        Ok(Applied { stored: Stored { state, private: response.private }, diagnostics: response.diagnostics })
    }

    /// Reads an object again.
    pub async fn read(&self, resource: &str, stored: &Stored) -> Result<Applied, Failure> {
        let ty = self.ty(resource);
        let request = wire::read_resource::Request {
            type_name: resource.to_owned(),
            current_state: Some(encoded(&stored.state, &ty)),
            private: stored.private.clone(),
            ..Default::default()
        };
        let response = self.client().read_resource(request).await?.into_inner();
        let state = decoded(response.new_state, &ty)?;
        Ok(Applied { stored: Stored { state, private: response.private }, diagnostics: response.diagnostics })
    }

    /// Brings an object from `prior` to what `config` says, and makes sure that nothing is left to do afterwards.
    pub async fn converge(&self, resource: &str, prior: Stored, config: &Value) -> Result<Stored, Failure> {
        assert_eq!(texts(&self.validate(resource, config).await?), [""; 0]);
        let planned = self.plan(resource, &prior, config).await?;
        assert_eq!(errors(&planned.diagnostics), [""; 0]);
        let mut before = prior;
        if !planned.replace.is_empty() {
            let nothing = Planned { state: Value::Null, ..Planned::none() };
            let deleted = self.apply(resource, &before, &nothing, &Value::Null).await?;
            assert_eq!(errors(&deleted.diagnostics), [""; 0]);
            before = deleted.stored;
        }
        let applied = self.apply(resource, &before, &planned, config).await?;
        assert_eq!(errors(&applied.diagnostics), [""; 0]);
        let read = self.read(resource, &applied.stored).await?;
        assert_eq!(errors(&read.diagnostics), [""; 0]);
        let again = self.plan(resource, &read.stored, config).await?;
        assert_eq!(again.state, read.stored.state, "the plan after an apply must be empty");
        Ok(read.stored)
    }
}

/// Data sources and functions.
impl Terraform {
    /// The configuration of a data source: what is named, and null for the rest.
    pub fn data_config(&self, source: &str, arguments: &[(&str, Value)]) -> Value {
        filled(&object_type(&self.data_schemas[source]), arguments)
    }

    pub async fn validate_data(&self, source: &str, config: &Value) -> Result<Vec<wire::Diagnostic>, Failure> {
        let ty = object_type(&self.data_schemas[source]);
        let config = Some(encoded(config, &ty));
        let request = wire::validate_data_resource_config::Request { type_name: source.to_owned(), config };
        Ok(self.client().validate_data_resource_config(request).await?.into_inner().diagnostics)
    }

    /// Reads a data source as core does: checks what is written, reads, and insists that what comes is known and keeps
    /// what was written. With errors there is no value.
    pub async fn read_data(&self, source: &str, config: &Value) -> Result<(Value, Vec<wire::Diagnostic>), Failure> {
        let mut diagnostics = self.validate_data(source, config).await?;
        if !errors(&diagnostics).is_empty() {
            return Ok((Value::Null, diagnostics));
        }
        let ty = object_type(&self.data_schemas[source]);
        let request = wire::read_data_source::Request {
            type_name: source.to_owned(),
            config: Some(encoded(config, &ty)),
            ..Default::default()
        };
        let response = self.client().read_data_source(request).await?.into_inner();
        diagnostics.extend(response.diagnostics);
        let state = decoded(response.state, &ty)?;
        assert_eq!(state.is_null(), !errors(&diagnostics).is_empty(), "{diagnostics:?}");
        if let (Value::Map(written), Value::Map(read)) = (config, &state) {
            assert!(state.is_wholly_known(), "{state:?}");
            for (name, value) in written.iter().filter(|(_, value)| !value.is_null()) {
                assert_eq!(&read[name], value, "{name} must stay as it is written");
            }
        }
        Ok((state, diagnostics))
    }

    /// What a data source shows, which must be without a word.
    pub async fn data(&self, source: &str, arguments: &[(&str, Value)]) -> Result<Value, Failure> {
        let (state, diagnostics) = self.read_data(source, &self.data_config(source, arguments)).await?;
        assert_eq!(texts(&diagnostics), [""; 0]);
        Ok(state)
    }

    /// The one error with which a data source is refused.
    pub async fn data_error(&self, source: &str, arguments: &[(&str, Value)]) -> Result<String, Failure> {
        let (_, diagnostics) = self.read_data(source, &self.data_config(source, arguments)).await?;
        let [error] = &errors(&diagnostics)[..] else { panic!("one error is wanted: {diagnostics:?}") };
        Ok(error.clone())
    }

    /// Calls a function with arguments as they come over the wire.
    pub async fn call(
        &self,
        function: &str,
        arguments: Vec<wire::DynamicValue>,
    ) -> Result<wire::call_function::Response, Failure> {
        let request = wire::call_function::Request { name: function.to_owned(), arguments };
        Ok(self.client().call_function(request).await?.into_inner())
    }
}

impl Stored {
    /// Nothing yet.
    pub fn nothing() -> Self {
        Self { state: Value::Null, private: Bytes::new() }
    }
}

impl Planned {
    fn none() -> Self {
        Self { state: Value::Null, private: Bytes::new(), replace: Vec::new(), diagnostics: Vec::new() }
    }

    /// The plan that destroys.
    pub fn destroy() -> Self {
        Self::none()
    }
}

/// A client user of the emulator's instance, with some arguments replaced.
pub fn alice(terraform: &Terraform, arguments: &[(&str, Value)]) -> Value {
    let mut config = terraform.config(
        "smartag_client_user",
        &[
            ("sag_id", DEFAULT_INSTANCE.into()),
            ("user_name", "alice.w".into()),
            ("password", "alices-secret".into()),
            ("user_mail", "alice@example.com".into()),
            ("bandwidth", 2000.into()),
        ],
    );
    arguments.iter().for_each(|(name, value)| config.set_attribute(name, value.clone()));
    config
}

/// Core's merge of configuration and prior state, for attributes without nesting and single blocks.
fn proposed(schema: &wire::Schema, prior: &Value, config: &Value) -> Value {
    let block = schema.block.as_ref().expect("checked at load");
    let mut proposed = config.clone();
    for attribute in block.attributes.iter().filter(|attribute| attribute.computed) {
        if config.attribute(&attribute.name).is_none_or(Value::is_null) {
            let kept = prior.attribute(&attribute.name).cloned().unwrap_or(Value::Null);
            proposed.set_attribute(&attribute.name, kept);
        }
    }
    proposed
}

pub fn filled(ty: &Type, arguments: &[(&str, Value)]) -> Value {
    let mut object = Value::empty_object(ty);
    for (name, value) in arguments {
        assert!(object.attribute(name).is_some(), "{name} is no argument");
        object.set_attribute(name, value.clone());
    }
    object
}

pub fn object_type(schema: &wire::Schema) -> Type {
    let block = schema.block.as_ref().expect("Terraform crashes on a schema without a block");
    let attributes = block.attributes.iter().map(|attribute| (attribute.name.clone(), attribute_type(attribute)));
    let blocks = block.block_types.iter().map(|nested| {
        let schema = wire::Schema { version: 0, block: nested.block.clone() };
        let object = object_type(&schema);
        let ty = match nested.nesting() {
            wire::schema::nested_block::NestingMode::List => Type::list_of(object),
            _ => object,
        };
        (nested.type_name.clone(), ty)
    });
    Type::object(attributes.chain(blocks))
}

/// The type that is told, or a list of the objects that are.
fn attribute_type(attribute: &wire::schema::Attribute) -> Type {
    match &attribute.nested_type {
        None => Type::from_json(&attribute.r#type).expect("Terraform crashes on an invalid type"),
        Some(nested) => {
            assert_eq!(nested.nesting(), wire::schema::object::NestingMode::List, "{}", attribute.name);
            let attributes = nested.attributes.iter().map(|inner| (inner.name.clone(), attribute_type(inner)));
            Type::list_of(Type::object(attributes))
        }
    }
}

pub fn encoded(value: &Value, ty: &Type) -> wire::DynamicValue {
    let msgpack = value.to_msgpack(ty).expect("a test writes values of the schema's types");
    wire::DynamicValue { msgpack: msgpack.into(), json: Bytes::new() }
}

pub fn decoded(value: Option<wire::DynamicValue>, ty: &Type) -> Result<Value, Failure> {
    Ok(Value::from_msgpack(&value.unwrap_or_default().msgpack, ty)?)
}

/// Errors and warnings as text.
pub fn texts(diagnostics: &[wire::Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(text).collect()
}

/// Errors as text.
pub fn errors(diagnostics: &[wire::Diagnostic]) -> Vec<String> {
    let error = |diagnostic: &&wire::Diagnostic| diagnostic.severity() == wire::diagnostic::Severity::Error;
    diagnostics.iter().filter(error).map(text).collect()
}

fn text(diagnostic: &wire::Diagnostic) -> String {
    let path = diagnostic.attribute.as_ref().map(path_text).unwrap_or_default();
    format!("[{path}] {}: {}", diagnostic.summary, diagnostic.detail)
}

fn path_text(path: &wire::AttributePath) -> String {
    use wire::attribute_path::step::Selector;

    let step = |step: &wire::attribute_path::Step| match &step.selector {
        Some(Selector::AttributeName(name)) => name.clone(),
        Some(Selector::ElementKeyString(key)) => format!("[{key:?}]"),
        Some(Selector::ElementKeyInt(index)) => format!("[{index}]"),
        None => "?".to_owned(),
    };
    path.steps.iter().map(step).collect::<Vec<_>>().join(".")
}
