//! `forewarn search`: the code search of the agents, for people.

use std::io::Write;
use std::sync::Arc;

use anstyle::{AnsiColor, Effects, Style};
use serde::Serialize;

use super::error::Advice;
use super::{Context, Exit, Outcome, index, models, output, world};
use crate::change::{Repo, Skipped, Snapshot, current};
use crate::engine::Embedder;
use crate::engine::model::Manifests;
use crate::index::{Certainty, Hit, Index, Query, Reference, Scope, Symbol, View};
use crate::lang::Languages;
use crate::plain;
use crate::report::count;
use crate::sandbox;

/// Columns of a shown signature or line.
const WIDTH: usize = 240;
const PATH: Style = AnsiColor::Magenta.on_default();
const KIND: Style = AnsiColor::Cyan.on_default();
const NAME: Style = Style::new().effects(Effects::BOLD);
const FAINT: Style = Style::new().effects(Effects::DIMMED);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Results are a line each: `path:line kind name: signature`, the best first. \
    Exit code 0: something was found; 1: nothing; 2: the search failed."
)]
pub struct Args {
    /// Words, or a name; with `--regex` a pattern, line by line.
    query: String,
    /// Search for a regular expression.
    #[arg(short = 'e', long, group = "mode")]
    regex: bool,
    /// Find definitions by plain or qualified name.
    #[arg(long, group = "mode")]
    symbol: bool,
    /// Find the uses of a name, the surest first.
    #[arg(long, group = "mode")]
    references: bool,
    /// Search by meaning alone.
    #[arg(long, group = "mode")]
    semantic: bool,
    /// Only files of a language, by its name or a file ending.
    #[arg(short = 't', long, value_name = "LANGUAGE")]
    lang: Option<String>,
    /// Only a file, a folder, or a glob, counted from the repository's root.
    #[arg(short = 'g', long, value_name = "GLOB")]
    path: Option<String>,
    /// Search a commit instead of the work tree; nothing is checked out.
    #[arg(long, value_name = "REV")]
    at: Option<String>,
    /// Prefer what is near a file: itself, what imports it, what it imports, its
    /// folder. May be given more than once; not with a mode.
    #[arg(long, value_name = "PATH", conflicts_with = "mode")]
    near: Vec<String>,
    /// Most results to show.
    #[arg(short = 'n', long, default_value = "20", value_parser = limit)]
    limit: usize,
    /// Write the results as a JSON list.
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    if args.query.trim().is_empty() {
        return Err(Advice {
            what: "the query is empty".into(),
            help: "name what to search for, for example `forewarn search \"parse header\"`".into(),
        }
        .into());
    }
    sandbox::close_network()?;
    let repo = context.repo()?;
    let (snapshot, left_out) = files(&repo, args.at.as_deref())?;
    if !left_out.is_empty() {
        let files = count(left_out.len(), "file");
        eprintln!("note: {files} of the work tree not read; `forewarn index --details` says why");
    }
    let snapshot = Arc::new(snapshot);
    let languages = Arc::new(Languages::load(&context.assets)?);
    let scope = Scope::parse(&languages, args.path.as_deref(), args.lang.as_deref())?;
    let store = context.store(&repo)?;
    let index = Index::new(&store, languages);
    index.update(&snapshot, None, &[], 0, &mut index::progress("reading"))?;
    let view = index.view(snapshot)?;
    let limit = args.limit;
    let mut out = context.output();
    let pen = Pen { color: out.color() };
    let found = if args.regex {
        let hits = view.search_text(&args.query, &scope, limit)?;
        write(&mut out, args.json, &hits, |h| pen.text(h))?
    } else if args.symbol {
        let mut symbols = view.symbols(&args.query)?;
        symbols.retain(|s| scope.holds(&view, &s.path));
        // Otherwise by path and line.
        symbols.sort_by_key(|s| view.languages().standing(&s.path));
        symbols.truncate(limit);
        write(&mut out, args.json, &symbols, |s| pen.symbol(s))?
    } else if args.references {
        let references = references(&view, &args.query, &scope, limit)?;
        write(&mut out, args.json, &references, |r| pen.reference(r))?
    } else {
        let embedder = world::embedder(context)?;
        told(context, &view, embedder.as_deref(), args.semantic)?;
        let hits = match embedder.as_deref().filter(|_| args.semantic) {
            Some(embedder) => view.search_meaning(embedder, &args.query, &scope, limit)?,
            None => {
                let near = view.near(&near(context, &repo, &view, &args.near)?)?;
                let query = Query { text: &args.query, scope: &scope, near: Some(&near), limit };
                view.search(embedder.as_deref(), &query, &context.config.search)?
            }
        };
        write(&mut out, args.json, &hits, |h| pen.hit(h))?
    };
    out.flush()?;
    Ok(if found { Exit::Success } else { Exit::Findings })
}

/// A number of results.
fn limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("a search shows one result at least".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err(format!("give a whole number from 1 to {}", usize::MAX)),
    }
}

/// The files of a revision, or those of the work tree and what of it was left out.
pub(super) fn files(repo: &Repo, at: Option<&str>) -> anyhow::Result<(Snapshot, Vec<Skipped>)> {
    Ok(match at {
        Some(revision) => (repo.snapshot(revision)?, Vec::new()),
        None => {
            let (tree, left_out) = current(repo)?;
            (repo.snapshot(&tree.tree)?, left_out)
        }
    })
}

/// The surest first, calls before mentions, tests and what is vendored last.
fn references(
    view: &View,
    name: &str,
    scope: &Scope,
    limit: usize,
) -> anyhow::Result<Vec<Reference>> {
    let targets = view.symbols(name)?;
    let target = targets.first().filter(|_| targets.len() == 1);
    let mut references = view.references(name, target)?;
    references.retain(|r| scope.holds(view, &r.path));
    let languages = view.languages();
    references
        .sort_by_key(|r| (std::cmp::Reverse(r.certainty), !r.call, languages.standing(&r.path)));
    references.truncate(limit);
    view.quote(&mut references)?;
    Ok(references)
}

/// Says on standard error what search by meaning lacks; an error where nothing
/// else was asked for.
fn told(
    context: &Context,
    view: &View,
    embedder: Option<&dyn Embedder>,
    alone: bool,
) -> anyhow::Result<()> {
    let Some(embedder) = embedder else {
        let manifests = Manifests::load(&context.assets)?;
        let name = models::default_embedder(&manifests).map_or("NAME", |m| m.name.as_str());
        let help = format!("`forewarn models pull {name}` gets one");
        if alone {
            let what = "search by meaning needs an embedder, and none is installed".to_owned();
            return Err(
                Advice { what, help: format!("{help}; or search without `--semantic`") }.into()
            );
        }
        eprintln!("note: no embedder is installed, so this search goes by words and names; {help}");
        return Ok(());
    };
    let (done, all) = view.embedded(embedder.id())?;
    if done < all {
        eprintln!(
            "note: search by meaning sees {done} of {all} pieces of code yet; `forewarn index` \
             embeds the rest"
        );
    }
    Ok(())
}

/// Paths of the tree, given from its root or from the current folder.
fn near(
    context: &Context,
    repo: &Repo,
    view: &View,
    given: &[String],
) -> anyhow::Result<Vec<String>> {
    let mut paths = Vec::new();
    for path in given {
        let plain = path.trim_start_matches("./").replace('\\', "/");
        let here = repo.worktree.as_ref().and_then(|root| {
            let folder = context.folder.canonicalize().ok()?;
            let below = folder.strip_prefix(root.canonicalize().ok()?).ok()?.join(&plain);
            Some(below.to_str()?.replace('\\', "/"))
        });
        let known = here.into_iter().chain([plain]).find(|p| view.snapshot().entry(p).is_some());
        paths.push(known.ok_or_else(|| Advice {
            what: format!("`--near {}` names no file of the tree", plain::line(path, 200)),
            help: "give its path from the repository's root".into(),
        })?);
    }
    Ok(paths)
}

/// Writes the results; returns whether there are any.
fn write<T: Serialize>(
    out: &mut dyn Write,
    json: bool,
    found: &[T],
    line: impl Fn(&T) -> String,
) -> anyhow::Result<bool> {
    if json {
        output::json(out, &found)?;
    } else {
        for one in found {
            writeln!(out, "{}", line(one))?;
        }
    }
    Ok(!found.is_empty())
}

/// Writes results as lines.
struct Pen {
    color: bool,
}

impl Pen {
    fn paint(&self, text: &str, style: Style) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn place(&self, path: &str, line: u32) -> String {
        format!("{}:{line}", self.paint(&plain::line(path, 1000), PATH))
    }

    fn hit(&self, hit: &Hit) -> String {
        let place = self.place(&hit.path, hit.line);
        match (hit.kind, &hit.symbol) {
            (Some(kind), Some(name)) => {
                let kind = self.paint(kind.as_str(), KIND);
                let name = self.paint(&plain::line(name, WIDTH), NAME);
                let signature = plain::line(hit.signature.as_deref().unwrap_or_default(), WIDTH);
                format!("{place} {kind} {name}: {signature}")
            }
            _ => {
                let text = hit.text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
                format!("{place} {} {}", self.paint("code", KIND), plain::line(text.trim(), WIDTH))
            }
        }
    }

    fn text(&self, hit: &Hit) -> String {
        let text = plain::line(hit.text.trim(), WIDTH);
        let within = match &hit.symbol {
            Some(name) => self.paint(&format!("  in {}", plain::line(name, WIDTH)), FAINT),
            None => String::new(),
        };
        format!("{} {} {text}{within}", self.place(&hit.path, hit.line), self.paint("line", KIND))
    }

    fn symbol(&self, symbol: &Symbol) -> String {
        let doc = symbol.doc.as_deref().map(|d| format!("  {}", plain::line(d, WIDTH)));
        format!(
            "{} {} {}: {}{}",
            self.place(&symbol.path, symbol.line),
            self.paint(symbol.kind.as_str(), KIND),
            self.paint(&plain::line(&symbol.qualified, WIDTH), NAME),
            plain::line(&symbol.signature, WIDTH),
            self.paint(&doc.unwrap_or_default(), FAINT)
        )
    }

    fn reference(&self, reference: &Reference) -> String {
        let doubt = match reference.certainty {
            Certainty::ByName => "  same name, perhaps another thing",
            Certainty::ByImport | Certainty::Exact => "",
        };
        format!(
            "{} {} {}{}",
            self.place(&reference.path, reference.line),
            self.paint(if reference.call { "call" } else { "use" }, KIND),
            plain::line(&reference.text, WIDTH),
            self.paint(doubt, FAINT)
        )
    }
}
