//! The HTTP client of the two parts that may connect to a server of the user's
//! choice: the relay to an endpoint, and the export from Sentry. It follows no
//! redirect and no proxy, and checks certificates.

use std::time::Duration;

use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::remote::Fault;

/// How a client differs from the other.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// PEM text that replaces the public certificates.
    pub certificates: Option<&'a str>,
    pub connect: Duration,
    /// How long a server may say nothing in the middle of an answer.
    pub silence: Option<Duration>,
    /// Connections that are kept for the next request.
    pub idle: usize,
}

/// The client's settings; the error is a clause whose subject is the certificates'
/// file.
pub fn config(options: Options<'_>) -> Result<Config, String> {
    let mut tls = TlsConfig::builder();
    if let Some(pem) = options.certificates {
        tls = tls.root_certs(roots(pem)?);
    }
    Ok(Agent::config_builder()
        .tls_config(tls.build())
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(concat!("forewarn/", env!("CARGO_PKG_VERSION")))
        .accept_encoding(AutoHeaderValue::None)
        .max_idle_connections(options.idle)
        .timeout_connect(Some(options.connect))
        .timeout_recv_response(options.silence)
        .timeout_per_read(options.silence)
        .build())
}

fn roots(pem: &str) -> Result<RootCerts, String> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(format!("is not valid PEM: {error}")),
        }
    }
    if certificates.is_empty() {
        return Err("holds no certificate".into());
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// What a failure means, with the reason in words.
pub fn fault(error: &ureq::Error) -> (Fault, String) {
    use std::io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable, PermissionDenied,
        TimedOut,
    };
    let fault = match error {
        ureq::Error::Io(e)
            if matches!(
                e.kind(),
                AddrNotAvailable
                    | ConnectionRefused
                    | HostUnreachable
                    | NetworkUnreachable
                    | PermissionDenied
                    | TimedOut
            ) =>
        {
            Fault::Unreachable
        }
        ureq::Error::Timeout(_)
        | ureq::Error::ConnectionFailed
        | ureq::Error::HostNotFound
        | ureq::Error::Rustls(_)
        | ureq::Error::Tls(_) => Fault::Unreachable,
        ureq::Error::Io(_) => Fault::Cut,
        _ => Fault::Malformed,
    };
    let reason = match error {
        ureq::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    };
    (fault, reason)
}
