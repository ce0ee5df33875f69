//! TLS with a certificate that is made at the start: for proving that clients verify it.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// The server's side of TLS, and what a client must trust.
pub(crate) struct Tls {
    pub acceptor: TlsAcceptor,
    /// The certificate in PEM, for `SSL_CERT_FILE`.
    pub certificate: String,
}

impl Tls {
    /// With a new certificate for `127.0.0.1` and `localhost`.
    pub fn generate() -> io::Result<Self> {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key))
            .map_err(io::Error::other)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate: made.cert.pem() })
    }
}
