//! Certificates as Terraform makes them, and the TLS settings that follow from them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P521_SHA512,
};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use crate::HostError;

/// What a client shows when it connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The certificate that the provider was told of.
    Own,
    /// No certificate.
    None,
    /// A certificate of the same kind, but another one.
    Foreign,
    /// Nothing: it does not speak TLS at all.
    PlainText,
}

/// A key and its certificate.
#[derive(Debug)]
pub(crate) struct ClientIdentity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl ClientIdentity {
    /// Makes one as go-plugin does, odd as it is: on P-521, and marked as an authority's.
    pub fn generate() -> Result<Self, HostError> {
        Self::try_generate().map_err(|error| HostError::new("making a client certificate", error))
    }

    fn try_generate() -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512)?;
        let mut wanted = CertificateParams::new(["localhost".to_owned()])?;
        wanted.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        wanted.distinguished_name.push(DnType::CommonName, "localhost");
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        wanted.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        Ok(Self { certificate: wanted.self_signed(&key)?, key })
    }

    /// As PLUGIN_CLIENT_CERT holds it.
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(self.certificate.der());
        let lines: String =
            text.as_bytes().chunks(64).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect();
        format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
    }
}

/// Settings that trust only `server`, the certificate from the handshake, and show `identity`.
pub(crate) fn client_config(
    server: &[u8],
    identity: Option<&ClientIdentity>,
    version: &'static SupportedProtocolVersion,
) -> Result<Arc<ClientConfig>, HostError> {
    let wrong = |error: rustls::Error| HostError::from_error("preparing TLS", &error);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(server.to_vec())).map_err(wrong)?;
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .map_err(wrong)?
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(ClientIdentity { certificate, key }) => {
            let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
            builder.with_client_auth_cert(vec![certificate.der().clone()], key).map_err(wrong)?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}
