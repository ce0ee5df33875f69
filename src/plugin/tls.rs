//! AutoMTLS: both sides make a certificate for this one connection and pin the other's.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};

use super::StartError;

/// The server's half of AutoMTLS.
#[derive(Debug)]
pub(super) struct AutoMtls {
    /// What the host must be told, so that it can pin it.
    pub certificate: CertificateDer<'static>,
    /// Admits the holder of the client certificate's key and nobody else.
    pub config: Arc<ServerConfig>,
}

impl AutoMtls {
    /// Makes a certificate, and settings that admit only the client certificate in `pem`, the host's
    /// PLUGIN_CLIENT_CERT.
    ///
    /// # Errors
    /// When `pem` is not one certificate, or no certificate can be made.
    pub fn new(pem: &str) -> Result<Self, StartError> {
        let pinned = client_certificate(pem)?;
        let key = KeyPair::generate()?;
        let certificate = server_certificate(&key)?;

        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = PinnedClient { pinned, provider: Arc::clone(&provider) };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        // Newer gRPC clients end a connection on which HTTP/2 was not agreed.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A connection lives as long as the process: there is nothing to resume.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self { certificate, config: Arc::new(config) })
    }
}

fn client_certificate(pem: &str) -> Result<CertificateDer<'static>, StartError> {
    let refuse = StartError::ClientCertificate;
    let mut certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    let certificate = match certificates.next() {
        Some(certificate) => certificate.map_err(|error| refuse(error.to_string()))?,
        None => return Err(refuse("no certificate found".to_owned())),
    };
    if certificates.next().is_some() {
        return Err(refuse("something follows the first certificate".to_owned()));
    }
    ParsedCertificate::try_from(&certificate).map_err(|error| refuse(error.to_string()))?;
    Ok(certificate)
}

/// A certificate on P-256, which clients in FIPS mode accept too. Go's TLS insists on the name and on the purpose.
fn server_certificate(key: &KeyPair) -> Result<CertificateDer<'static>, StartError> {
    let mut wanted = CertificateParams::new(["localhost".to_owned()])?;
    wanted.distinguished_name.push(DnType::CommonName, "localhost");
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(wanted.self_signed(key)?.into())
}

/// Admits exactly one certificate.
///
/// The usual verifier cannot: hosts mark their certificate as an authority's, which it refuses for a client. With the
/// whole certificate pinned, its names, purposes and dates say nothing more; that the client holds the key is proved
/// by the signature.
#[derive(Debug)]
struct PinnedClient {
    pinned: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.pinned && intermediates.is_empty() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn pem() -> String {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("rcgen makes certificates");
        let text = STANDARD.encode(made.cert.der());
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    #[test]
    fn one_certificate_is_pinned() {
        let mtls = AutoMtls::new(&pem()).expect("a certificate is enough");
        assert_eq!(mtls.config.alpn_protocols, [b"h2"]);
        assert_eq!(mtls.config.send_tls13_tickets, 0);
    }

    #[test]
    fn the_signature_scheme_of_terraforms_own_key_is_offered() {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let pinned = client_certificate(&pem()).expect("a certificate");
        let schemes = PinnedClient { pinned, provider }.supported_verify_schemes();
        assert!(schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512), "{schemes:?}");
    }

    #[test]
    fn anything_but_one_certificate_is_refused_with_the_reason() {
        let broken = pem().replace("MII", "AAA");
        for (what, pem) in [
            ("no PEM", "hello"),
            ("no PEM at all", ""),
            ("no certificate inside", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            ("a broken one", &broken),
            ("two", &(pem() + &pem())),
        ] {
            let error = AutoMtls::new(pem).expect_err(what);
            assert!(matches!(error, StartError::ClientCertificate(_)), "{what}: {error}");
        }
    }
}
