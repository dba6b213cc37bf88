//! `forewarn docs`: documentation of installed packages, and imported.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;

use super::{Context, Exit, Outcome};
use crate::change::Repo;
use crate::docs::{self, Answer, Collection, Docs, Machine, Reviewed};
use crate::lang::Languages;
use crate::plain;
use crate::report::count;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Search the documentation and interfaces of packages.
    ///
    /// Searches installed packages in the version that the lock files at HEAD name,
    /// and imported documentation. A package is read when it is first asked for.
    #[command(after_help = "Exit code 0: something was found; 1: nothing; 2: the search failed.")]
    Search {
        #[arg(required = true, value_name = "QUERY")]
        words: Vec<String>,
        /// Search one package alone; `NAME@VERSION` asks for a version.
        #[arg(short, long, value_name = "PACKAGE")]
        package: Option<String>,
        /// Most passages to show.
        #[arg(short = 'n', long, default_value = "5")]
        limit: std::num::NonZeroUsize,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Import documentation: Markdown, HTML, a DevDocs folder, a Dash docset.
    ///
    /// Importing the same again changes nothing; another content under the same
    /// name and version takes the place of the old one.
    #[command(disable_version_flag = true)]
    Add {
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// What to call it, in place of its own name.
        #[arg(long)]
        name: Option<String>,
        /// Which version it describes.
        #[arg(long = "version", value_name = "VERSION")]
        documented: Option<String>,
    },
    /// List what is kept: imported documentation, and packages that were read.
    List,
    /// Remove imported documentation, or a package that was read.
    Remove {
        /// Its name, or NAME@VERSION.
        name: String,
    },
}

pub fn run(args: Args, context: &Context) -> Outcome {
    // Outside of a repository there are still packages of the user and the system.
    let repo = context.repo().ok();
    let machine = context.machine(repo.as_ref());
    let mut out = context.output();
    match args.action {
        Action::Search { words, package, limit, json } => {
            let reviewed = match &repo {
                Some(repo) => head(repo, &context.folder)?,
                None => None,
            };
            let docs = open(context, machine, reviewed)?;
            let answer = docs.search(&words.join(" "), package.as_deref(), limit.get())?;
            if json {
                super::output::json(&mut out, &as_json(&answer))?;
            } else {
                show(&mut out, &answer)?;
            }
            if answer.hits.is_empty() {
                out.flush()?;
                return Ok(Exit::Findings);
            }
        }
        Action::Add { path, name, documented } => {
            let path = context.folder.join(path);
            let (name, version) = (name.as_deref(), documented.as_deref());
            let (kept, same, left_out) =
                docs::add(&machine, &context.assets, &path, name, version)?;
            for note in &left_out {
                writeln!(out, "left out: {}", plain::line(note, 500))?;
            }
            let done = if same { "Unchanged" } else { "Imported" };
            writeln!(out, "{done}: {}.", described(&kept))?;
        }
        Action::List => {
            let all = docs::list(&machine)?;
            if all.is_empty() {
                writeln!(
                    out,
                    "Nothing is kept; packages are read when they are first searched, and \
                     `forewarn docs add PATH` imports documentation."
                )?;
            }
            let key = |kept: &Collection| (kept.ecosystem.clone(), kept.label());
            for kept in &all {
                let twice = all.iter().filter(|other| key(other) == key(kept)).count() > 1;
                let place = match twice {
                    true => format!(", read in {}", plain::line(&kept.place, 500)),
                    false => String::new(),
                };
                writeln!(out, "{}{place}", described(kept))?;
            }
        }
        Action::Remove { name } => {
            for gone in docs::remove(&machine, &name)? {
                writeln!(out, "Removed: {}.", described(&gone))?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// The tree whose lock files count, seen from a folder; none while nothing was
/// committed.
fn head(repo: &Repo, folder: &Path) -> anyhow::Result<Option<Reviewed>> {
    use crate::change::ChangeError::{Unborn, UnknownRevision};
    let inside = || {
        let (root, folder) = (repo.worktree.as_ref()?.canonicalize(), folder.canonicalize());
        folder.ok()?.strip_prefix(root.ok()?).ok()?.to_str().map(|f| f.replace('\\', "/"))
    };
    match repo.snapshot("HEAD") {
        Ok(snapshot) => Ok(Some(Reviewed {
            snapshot: Arc::new(snapshot),
            changed: Vec::new(),
            folder: inside().unwrap_or_default(),
        })),
        Err(Unborn | UnknownRevision(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn open(context: &Context, machine: Machine, head: Option<Reviewed>) -> anyhow::Result<Docs> {
    let languages = Arc::new(Languages::load(&context.assets)?);
    let limits = context.config.docs.clone();
    Ok(Docs::open(machine, &context.assets, languages, limits, head)?)
}

/// `rust serde 1.0.2: 812 passages of 90 files`.
fn described(kept: &Collection) -> String {
    let kind = if kept.ecosystem.is_empty() { "imported" } else { &kept.ecosystem };
    let mut text = format!(
        "{kind} {}: {} of {}",
        kept.label(),
        count(kept.passages, "passage"),
        count(kept.files, "file")
    );
    if !kept.note.is_empty() {
        text.push_str(&format!(" (left out: {})", kept.note));
    }
    plain::line(&text, 500)
}

/// Passages on standard output, what is to be said of them on standard error.
fn show(out: &mut dyn Write, answer: &Answer) -> anyhow::Result<()> {
    for note in &answer.notes {
        eprintln!("note: {}", plain::line(note, 500));
    }
    if answer.hits.is_empty() {
        eprintln!("note: no documentation has these words");
    }
    for hit in &answer.hits {
        let label = format!("{} {}", hit.package, hit.version);
        let head = format!("{} {}  {}", label.trim_end(), hit.place, hit.title);
        writeln!(out, "{}", plain::line(&head, 300))?;
        for line in plain::plain(&hit.body).lines() {
            writeln!(out, "    {line}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn as_json(answer: &Answer) -> serde_json::Value {
    let hits: Vec<serde_json::Value> = answer
        .hits
        .iter()
        .map(|hit| {
            serde_json::json!({
                "package": hit.package, "version": hit.version, "place": hit.place,
                "title": hit.title, "text": hit.body,
            })
        })
        .collect();
    serde_json::json!({ "hits": hits, "notes": answer.notes })
}
