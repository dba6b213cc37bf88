//! Asks the questions of one repository in several ways.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use forewarn::asset::Assets;
use forewarn::change::{Repo, Snapshot};
use forewarn::config::{Config, Search};
use forewarn::engine::model::{Manifests, ModelStore, Silent};
use forewarn::engine::{Embedder, embed};
use forewarn::index::{Index, Query, Scope, View};
use forewarn::lang::Languages;
use forewarn::store::Store;
use serde_json::json;

use super::peer::Probe;
use super::question::{self, Question};

/// Ranks beyond are misses.
const DEEP: usize = 50;

#[derive(clap::Args)]
pub struct Args {
    /// A clone of its own, bare or not: trees without documentation are written
    /// into it.
    repository: PathBuf,
    /// Where models lie; the embedder is pulled there if missing.
    #[arg(long)]
    data_dir: PathBuf,
    /// Keeps the index with its vectors between runs.
    #[arg(long)]
    state: PathBuf,
    /// Most questions of either kind.
    #[arg(long, default_value = "40")]
    questions: usize,
    /// Leave out what needs vectors.
    #[arg(long)]
    no_vectors: bool,
    /// The program `probe`, to ask it the same.
    #[arg(long)]
    probe: Option<PathBuf>,
    /// Settings of `[search]` to try, each a line of JSON: `{"names": 0.3}`.
    #[arg(long)]
    tries: Option<PathBuf>,
}

/// The way a question is put.
struct Way {
    name: String,
    settings: Search,
    vectors: bool,
    near: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let languages = Arc::new(Languages::load(&Assets::builtin())?);
    let repo = Repo::discover(&args.repository)?;
    std::fs::create_dir_all(&args.state)?;
    let store = Store::open(&args.state.join("forewarn.db"))?;
    let index = Index::new(&store, languages.clone());
    let embedder = match args.no_vectors {
        true => None,
        false => Some(embedder(args)?),
    };
    let view = |tree: &str, embed: bool| -> anyhow::Result<View> {
        let snapshot = Arc::new(repo.snapshot(tree)?);
        let embedder = embedder.as_deref().filter(|_| embed);
        index.update(&snapshot, embedder, &[], usize::MAX, &mut |_, _| {})?;
        Ok(index.view(snapshot)?)
    };
    let head: Snapshot = repo.snapshot("HEAD")?;
    let git = &repo.git_dir;
    let documentation = question::documentation(git, &languages, &head, args.questions)?;
    let mut views: HashMap<String, View> = HashMap::new();
    let mut enclosing = |tree: &str, path: &str, line: u32| -> anyhow::Result<Option<u32>> {
        if !views.contains_key(tree) {
            views.clear();
            views.insert(tree.to_owned(), view(tree, false)?);
        }
        let symbol = views[tree].enclosing(path, line)?;
        Ok(symbol.filter(|s| s.kind.is_callable()).map(|s| s.line))
    };
    let commits = question::commits(git, &languages, &mut enclosing, args.questions)?;
    let ways = ways(args, embedder.is_some())?;
    let mut probe = args.probe.as_deref().map(Probe::new).transpose()?;
    for (kind, questions) in [("documentation", documentation), ("commit", commits)] {
        let mut at: Option<(String, View)> = None;
        for question in &questions {
            if at.as_ref().is_none_or(|(tree, _)| *tree != question.tree) {
                at = Some((question.tree.clone(), view(&question.tree, true)?));
            }
            let Some((_, view)) = &at else { continue };
            let start = Instant::now();
            let plain = ripgrep(view, question)?;
            print(args, kind, "plain", question, plain, start.elapsed().as_secs_f64() * 1e3);
            if let Some(probe) = &mut probe {
                let (places, time) = probe.ask(git, &question.tree, view, &question.text)?;
                print(args, kind, "probe", question, rank(places.into_iter(), question), time);
            }
            for way in &ways {
                let start = Instant::now();
                let rank = ask(view, embedder.as_deref(), question, way)?;
                let time = start.elapsed().as_secs_f64() * 1e3;
                print(args, kind, &way.name, question, rank, time);
            }
        }
    }
    Ok(())
}

fn print(
    args: &Args,
    kind: &str,
    way: &str,
    question: &Question,
    rank: Option<usize>,
    milliseconds: f64,
) {
    let repository = args.repository.file_name().unwrap_or_default().to_string_lossy();
    let (text, near) = (&question.text, !question.near.is_empty());
    println!(
        "{}",
        json!({
            "repository": repository, "kind": kind, "way": way, "question": text,
            "near": near, "rank": rank, "ms": milliseconds,
        })
    );
}

fn embedder(args: &Args) -> anyhow::Result<Box<dyn Embedder>> {
    let manifests = Manifests::load(&Assets::builtin())?;
    let manifest = manifests.require("all-minilm-l6-v2")?;
    let installed = ModelStore::new(&args.data_dir).pull(manifest, &mut Silent)?;
    Ok(embed::load(manifest, &installed, 0)?)
}

fn ways(args: &Args, vectors: bool) -> anyhow::Result<Vec<Way>> {
    let settings = Config::builtin().search;
    let with =
        |words: f64, names: f64, meaning: f64| Search { words, names, meaning, ..settings.clone() };
    let way = |name: &str, settings: Search, vectors: bool, near: bool| Way {
        name: name.to_owned(),
        settings,
        vectors,
        near,
    };
    let mut ways = vec![way("words", with(1.0, 0.0, 0.0), false, false)];
    ways.push(way("words+names", settings.clone(), false, false));
    if vectors {
        ways.push(way("vectors", with(0.0, 0.0, 1.0), true, false));
        ways.push(way("hybrid", settings.clone(), true, false));
    }
    ways.push(way("hybrid+near", settings.clone(), vectors, true));
    if let Some(file) = &args.tries {
        for line in std::fs::read_to_string(file)?.lines().filter(|l| !l.trim().is_empty()) {
            let mut table = serde_json::to_value(&settings)?;
            let changes: serde_json::Value = serde_json::from_str(line)?;
            for (key, value) in changes.as_object().into_iter().flatten() {
                table[key] = value.clone();
            }
            ways.push(way(line, serde_json::from_value(table)?, vectors, true));
        }
    }
    Ok(ways)
}

/// The rank of the first right answer, from 1.
fn ask(
    view: &View,
    embedder: Option<&dyn Embedder>,
    question: &Question,
    way: &Way,
) -> anyhow::Result<Option<usize>> {
    let near = view.near(&question.near)?;
    let scope = Scope::default();
    let query = Query {
        text: &question.text,
        scope: &scope,
        near: Some(&near).filter(|_| way.near),
        limit: DEEP + 50,
    };
    let hits = view.search(embedder.filter(|_| way.vectors), &query, &way.settings)?;
    let places = hits.into_iter().map(|h| (h.path, h.line));
    Ok(rank(places, question))
}

/// What a person does with ripgrep: any of the words, files by the number of
/// lines that match, and in a file the functions by theirs.
fn ripgrep(view: &View, question: &Question) -> anyhow::Result<Option<usize>> {
    let words: Vec<String> = question
        .text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|w| w.len() > 3)
        .map(|w| format!("(?i:{w})"))
        .collect();
    if words.is_empty() {
        return Ok(None);
    }
    let hits = view.search_text(&words.join("|"), &Scope::default(), usize::MAX)?;
    let mut counts: HashMap<(String, String), (usize, u32)> = HashMap::new();
    for hit in hits {
        let Some(name) = hit.symbol else { continue };
        let Some(symbol) = view.enclosing(&hit.path, hit.line)? else { continue };
        counts.entry((hit.path, name)).or_insert((0, symbol.line)).0 += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(&b.0)));
    Ok(rank(counts.into_iter().map(|((path, _), (_, line))| (path, line)), question))
}

/// The asker knows the near files already: what is in them is passed over.
fn rank(places: impl Iterator<Item = (String, u32)>, question: &Question) -> Option<usize> {
    places
        .filter(|(path, _)| !question.near.contains(path))
        .take(DEEP)
        .position(|place| question.answers.contains(&place))
        .map(|n| n + 1)
}
