//! What can go wrong while exporting. Texts of the server come in cut and without
//! control characters; no error holds the token.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Scrub(#[from] crate::sentry::SentryError),
    #[error("the address `{url}` is not usable: {reason}")]
    Url { url: String, reason: String },
    #[error("`{0}` is no slug of an organization or a project")]
    Slug(String),
    #[error("the token is not usable: {0}")]
    Token(&'static str),
    #[error("the file of certificates {0}")]
    Certificates(String),
    #[error("there is a file {} already", .0.display())]
    Exists(PathBuf),
    #[error("{} holds the beginning of another export", .0.display())]
    Other(PathBuf),
    #[error("another process is exporting into {}", .0.display())]
    Busy(PathBuf),
    #[error("could not read or write {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{}, the state of an interrupted export, is damaged", path.display())]
    State {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("the bundle could not be packed")]
    Pack(#[from] zip::result::ZipError),
    #[error("{address} refuses the token ({status}{})", said(detail))]
    Denied { address: String, status: u16, detail: String },
    #[error("{address} knows no project `{project}` of an organization `{org}`")]
    NotFound { address: String, org: String, project: String },
    #[error("{address} refuses the request {path} ({status}{})", said(detail))]
    Refused { address: String, path: String, status: u16, detail: String },
    #[error("{address} cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("{address} did not answer {path} in {attempts} attempts: {reason}")]
    Failing { address: String, path: String, attempts: u32, reason: String },
    #[error("{address} asks to wait again and again")]
    Limited { address: String },
    #[error("{address} sends the request on to {to}, which was not asked for")]
    Redirected { address: String, to: String },
    #[error("{address} answered {path} with a web page, not with JSON")]
    Page { address: String, path: String },
    #[error("{address} answered {path} with more than {limit} bytes")]
    TooLarge { address: String, path: String, limit: u64 },
    #[error("the events of {issues} issues in a row could not be fetched")]
    GaveUp {
        issues: usize,
        #[source]
        source: Box<ExportError>,
    },
    #[error("the listing {path} of {address} does not come to an end")]
    Endless { address: String, path: String },
}

fn said(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(": {detail}") }
}
