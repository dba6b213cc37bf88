//! `forewarn sentry export`: fetches issues and events from a server into a bundle.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::Context as _;

use crate::cli::review::progress;
use crate::cli::{Advice, Context, Exit, Outcome};
use crate::plain;
use crate::report::count;
use crate::sentry::export::{Asked, Limits, SCOPES, Settings, Since, Token, World, export};

/// Where a token is looked for; the second is what Sentry's own tools read.
const VARIABLES: [&str; 2] = ["FOREWARN_SENTRY_TOKEN", "SENTRY_AUTH_TOKEN"];
/// Bytes read of standard input for a token.
const LONGEST: u64 = 64 << 10;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The server's address, for example https://sentry.io.
    #[arg(long, value_name = "URL")]
    url: String,
    /// The organization's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// A project's slug; may be given more than once.
    #[arg(long = "project", required = true, num_args = 1.., value_name = "SLUG")]
    projects: Vec<String>,
    /// The bundle to write, a zip file; it must not exist.
    #[arg(short, long, value_name = "BUNDLE")]
    output: PathBuf,
    /// Most events of one issue: the latest, the oldest and the recommended one
    /// first, then the newest.
    #[arg(long, default_value_t = 3, value_name = "N")]
    events: usize,
    /// Only issues last seen since then: `90d`, `2026-03-01`, `2026-03-01T12:00:00Z`.
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Since>,
    /// Only issues that Sentry's search finds, for example `is:unresolved`.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "SEARCH")]
    query: String,
    /// Ask for summaries and root causes too; the server may have to write them
    /// first.
    #[arg(long)]
    seer: bool,
    /// Read the token from standard input, not from the environment.
    #[arg(long)]
    token_stdin: bool,
    /// A PEM file with the certificates that the server is checked by.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

fn since(text: &str) -> Result<Since, String> {
    match text.strip_suffix('d').map(str::parse) {
        Some(Ok(days)) => Ok(Since::Days(days)),
        _ => super::time(text).map(Since::Time),
    }
}

pub(super) fn run(args: &Args, context: &Context) -> Outcome {
    let token = token(args.token_stdin)?;
    let certificates = match &args.ca_file {
        None => None,
        Some(file) => {
            let path = context.folder.join(file);
            let text = std::fs::read_to_string(&path);
            Some(text.with_context(|| format!("could not read {}", path.display()))?)
        }
    };
    if args.url.starts_with("http://") {
        eprintln!("note: the connection is not encrypted; others on its way can read the token");
    }
    let asked = Asked {
        url: args.url.clone(),
        org: args.org.clone(),
        projects: args.projects.clone(),
        events: args.events,
        since: args.since,
        query: args.query.clone(),
        seer: args.seer,
        scrub_keys: context.config.sentry.scrub_keys.clone(),
        scrub_values: context.config.sentry.scrub_values.clone(),
    };
    let bundle = context.folder.join(&args.output);
    let settings = Settings { asked, bundle, certificates, limits: Limits::default() };
    let progress = progress(context.verbose);
    let world =
        World { now: &|| context.now(), sleep: &std::thread::sleep, progress: progress.as_ref() };
    let outcome = export(&settings, &token, &world);
    drop(progress);
    let report = outcome?;
    let mut out = context.output();
    for (reason, number) in &report.left_out {
        writeln!(out, "left out: {} ({number})", plain::line(reason, 200))?;
    }
    writeln!(
        out,
        "Exported {} and {} to {} ({:.1} MB).",
        count(report.issues, "issue"),
        count(report.events, "event"),
        args.output.display(),
        report.bytes as f64 / 1e6,
    )?;
    super::removed(&mut out, &report.scrubbed)?;
    writeln!(out, "`forewarn sentry import {}` reads it.", args.output.display())?;
    if let Some(reason) = &report.refused {
        writeln!(
            out,
            "No event could be fetched: {reason}. Issues without events say little of where they \
             failed: check that the token has the scopes {SCOPES}, and export anew.",
        )?;
    }
    out.flush()?;
    Ok(if report.refused.is_some() { Exit::Failure } else { Exit::Success })
}

/// The token, from standard input or the environment; never an argument, which
/// other users of a machine can see.
fn token(stdin: bool) -> anyhow::Result<Token> {
    if stdin {
        let mut text = String::new();
        std::io::stdin()
            .take(LONGEST)
            .read_to_string(&mut text)
            .context("could not read the token from standard input")?;
        return Ok(Token::new(&text)?);
    }
    let found =
        VARIABLES.iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    match found {
        Some(text) => Ok(Token::new(&text)?),
        None => Err(Advice {
            what: "there is no token for the server".to_owned(),
            help: format!(
                "set {}, or pipe one in with `--token-stdin`; it needs the scopes {SCOPES}",
                VARIABLES.join(" or ")
            ),
        }
        .into()),
    }
}
