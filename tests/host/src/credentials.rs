//! Certificates as Terraform makes them, and the TLS settings that follow from them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P521_SHA512,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion,
};

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
    let provider = Arc::new(aws_lc_rs::default_provider());
    let pinned = CertificateDer::from(server.to_vec());
    let mut roots = RootCertStore::empty();
    roots.add(pinned.clone()).map_err(wrong)?;
    let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| HostError::from_error("preparing TLS", &error))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .map_err(wrong)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(PinnedServer { pinned, usual }));
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

/// Go's rules, as far as ours differ: providers written in Go mark their certificate as an authority's, which the usual
/// verifier refuses for a server before it looks any further.
#[derive(Debug)]
struct PinnedServer {
    pinned: CertificateDer<'static>,
    usual: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for PinnedServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // rustls has no name for being an authority.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(_))) if *end_entity == self.pinned => {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}
