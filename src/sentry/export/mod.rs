//! Fetches issues and events from a Sentry or GlitchTip server into one bundle,
//! which `import` reads on a machine without a network.
//!
//! ```text
//! server ─▶ client ─▶ project, issue, event, extra ─▶ scrub ─▶ state ─▶ bundle
//! ```
//!
//! Nothing is written before it is scrubbed. What was fetched lies beside the
//! bundle until that is whole, so an export that was interrupted goes on.

mod bundle;
mod client;
mod error;
mod event;
mod extra;
mod issue;
mod page;
mod project;
mod state;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use error::ExportError;

use crate::config::Address;
use crate::plain;
use client::Client;
use state::{Part, Work};

/// What a token must be allowed to do.
pub const SCOPES: &str = "org:read, project:read and event:read";

/// A token of the server's; not shown by `Debug`.
pub struct Token(String);

impl Token {
    /// Takes a token with the white space around it, as a file or a pipe has it.
    pub fn new(text: &str) -> Result<Self, ExportError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ExportError::Token("it is empty"));
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ExportError::Token("it has spaces or characters that no token has"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// From when on issues count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// Seconds since the epoch.
    Time(i64),
    /// Days before the export was begun.
    Days(u32),
}

/// What is asked of a server; an export goes on only if it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The server's address, without `/api/0`.
    pub url: String,
    /// The organization's slug.
    pub org: String,
    /// Slugs of its projects.
    pub projects: Vec<String>,
    /// Most events of one issue: the latest, the oldest and the recommended one
    /// first, then the newest.
    pub events: usize,
    /// Only issues last seen since then.
    pub since: Option<Since>,
    /// A search in Sentry's words; empty takes every issue.
    pub query: String,
    /// Whether to ask for summaries and root causes, which the server may have to
    /// write first.
    pub seer: bool,
    /// Patterns that scrub beyond the built-in rules, over keys and over values.
    pub scrub_keys: Vec<String>,
    pub scrub_values: Vec<String>,
}

/// What to export, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    pub asked: Asked,
    /// The file to write.
    pub bundle: PathBuf,
    /// PEM text by which the server is checked in place of the public certificates.
    pub certificates: Option<String>,
    pub limits: Limits,
}

/// Bounds on what one server may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one answer, unpacked.
    pub answer: u64,
    /// Issues or events on one page.
    pub page: usize,
    /// How long one answer may take until it is whole.
    pub time: Duration,
    /// Issues in a row whose events may fail before the export stops.
    pub failures: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { answer: 64 << 20, page: 100, time: Duration::from_secs(300), failures: 10 }
    }
}

/// What the export takes from outside.
pub struct World<'a> {
    /// Seconds since the epoch.
    pub now: &'a dyn Fn() -> i64,
    pub sleep: &'a dyn Fn(Duration),
    /// Said as it goes on, for people who wait.
    pub progress: &'a dyn Fn(&str),
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReport {
    pub issues: usize,
    pub events: usize,
    /// Summaries and root causes.
    pub summaries: usize,
    pub code_mappings: usize,
    /// Values removed, by kind.
    pub scrubbed: BTreeMap<String, usize>,
    /// What could not be fetched, by reason.
    pub left_out: BTreeMap<String, usize>,
    /// What the server said last, if there are issues but not one event could be fetched.
    pub refused: Option<String>,
    /// Bytes of the bundle.
    pub bytes: u64,
}

/// The folder beside a bundle in which an export is under way.
pub fn partial(bundle: &Path) -> PathBuf {
    let mut name = bundle.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    bundle.with_file_name(name)
}

/// Exports into a new file. After a failure, or however else it was stopped, the
/// same call goes on where it was; what was fetched lies in [`partial`].
pub fn export(
    settings: &Settings,
    token: &Token,
    world: &World<'_>,
) -> Result<ExportReport, ExportError> {
    let address = address(&settings.asked.url)?;
    for slug in settings.asked.projects.iter().chain([&settings.asked.org]) {
        if !is_slug(slug) {
            return Err(ExportError::Slug(plain::line(slug, 100)));
        }
    }
    if settings.bundle.exists() {
        return Err(ExportError::Exists(settings.bundle.clone()));
    }
    let certificates = settings.certificates.as_deref();
    let client = Client::new(address, certificates, token, world, settings.limits)?;
    // However the address was written.
    let asked = Asked { url: client.address(), ..settings.asked.clone() };
    let mut work = Work::open(&partial(&settings.bundle), asked, (world.now)())?;
    let mut run = Run { client: &client, world, settings, work: &mut work };
    project::find(&mut run)?;
    let issues = issue::list(&mut run)?;
    event::fetch(&mut run, &issues)?;
    extra::mappings(&mut run)?;
    let bytes = bundle::pack(&work, &settings.bundle, world)?;
    let records = |part| work.size(part).records;
    let report = ExportReport {
        issues: records(Part::Issues),
        events: records(Part::Events),
        summaries: records(Part::Summaries),
        code_mappings: records(Part::Mappings),
        scrubbed: work.state.scrubbed.clone(),
        left_out: work.state.left_out.clone(),
        refused: work
            .state
            .refused
            .clone()
            .filter(|_| records(Part::Issues) > 0 && records(Part::Events) == 0),
        bytes,
    };
    work.remove()?;
    Ok(report)
}

/// What every stage works with.
struct Run<'a> {
    client: &'a Client<'a>,
    world: &'a World<'a>,
    settings: &'a Settings,
    work: &'a mut Work,
}

impl Run<'_> {
    /// Whether the server still knows the project, after it failed at something.
    fn is_alive(&self) -> bool {
        let reply = self.client.get(&project::path(self, &self.settings.asked.projects[0]));
        reply.is_ok_and(|reply| reply.is_success())
    }

    /// A path within the organization; `rest` begins without a slash.
    fn in_org(&self, rest: &str) -> String {
        format!("/api/0/organizations/{}/{rest}", page::encode(&self.settings.asked.org))
    }

    /// The earliest last sighting of an issue that counts.
    fn since(&self) -> Option<i64> {
        Some(match self.settings.asked.since? {
            Since::Time(time) => time,
            Since::Days(days) => self.work.state.started - i64::from(days) * 86_400,
        })
    }
}

/// Whether a name stands for itself in a path; `..` would lead elsewhere.
fn is_slug(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    text.bytes().all(allowed) && text.bytes().any(|b| b != b'.')
}

fn address(url: &str) -> Result<Address, ExportError> {
    let wrong = |reason: &str| ExportError::Url {
        // A password may stand before the sign.
        url: url.rsplit('@').next().unwrap_or(url).to_owned(),
        reason: reason.to_owned(),
    };
    if url.contains('@') {
        return Err(wrong("it holds a user or password, and only a token is asked for"));
    }
    let bare = url.trim().trim_end_matches('/');
    let bare = bare.strip_suffix("/api/0").unwrap_or(bare);
    Address::parse(bare).map_err(|reason| wrong(&reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_that_is_not_shown() {
        let token = Token::new(" sntrys_abc=\n").unwrap();
        assert_eq!(token.0, "sntrys_abc=");
        assert!(!format!("{token:?}").contains("abc"));
        for bad in ["", " \n", "two words", "tök", "a\u{7}b", "a\nb"] {
            assert!(Token::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_address_is_the_server_s() {
        for (url, text) in [
            ("https://sentry.example.org/", "https://sentry.example.org:443"),
            ("http://10.0.0.5:9000/api/0/", "http://10.0.0.5:9000"),
            ("https://h/sentry", "https://h:443/sentry"),
        ] {
            assert_eq!(address(url).unwrap().to_string(), text);
        }
        let error = address("https://ada:word@h/").unwrap_err().to_string();
        assert!(!error.contains("word@") && !error.contains("ada"), "{error}");
        assert!(address("sentry.example.org").is_err());
    }

    #[test]
    fn a_slug_leads_nowhere_else() {
        for slug in ["acme", "my-shop_2", "a.b", "42"] {
            assert!(is_slug(slug), "{slug}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "a?b", "a%2fb", "ä"] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
