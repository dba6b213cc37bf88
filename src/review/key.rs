//! What the result of a review depends on, as one hash.

use serde_json::json;

use crate::agent::Prompts;
use crate::change::Change;
use crate::docs;
use crate::risk::Learned;
use crate::sentry::SentryCache;

use super::{ReviewError, World};

/// Hashes everything that can alter the findings: trees, words, settings,
/// models, prompts, languages, production data, documentation, what risk was learned, facts
/// and votes. Equal keys mean equal findings on one machine.
pub(super) fn key(
    world: &World,
    change: &Change,
    prompts: &Prompts,
    learned: &Learned,
) -> Result<String, ReviewError> {
    let commits: Vec<&str> = change.commits.iter().map(|c| c.id.as_str()).collect();
    let votes = world.store.reactions()?;
    let memories = world.store.memories()?;
    let facts: Vec<&str> = memories.iter().map(|m| m.text.as_str()).collect();
    // Rules, and tables beside the languages' own folders, which their digest covers.
    let mut tables = Vec::new();
    for path in world.assets.list("grammars")? {
        if path.matches('/').count() == 1 || path.ends_with(".yml") {
            tables.push(world.assets.read(&path)?.text.into_owned());
        }
    }
    let parts = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "base": change.base.tree,
        "head": change.head.tree,
        "base_commit": change.base.commit,
        "head_commit": change.head.commit,
        "commits": commits,
        "description": change.description,
        "review": world.config.review,
        "agent": world.config.agent,
        "prior": world.config.prior,
        "risk": (learned.model.digest(), world.config.risk.max_commits, &learned.note),
        "index": world.config.index,
        "search": world.config.search,
        "seed": world.config.model.seed,
        "kv_cache": world.config.model.kv_cache,
        "llm": world.llm.as_ref().map(|l| l.info()),
        "standing": world.standing,
        "embedder": world.embedder.as_ref().map(|e| e.id()),
        "prompts": prompts.digest(),
        "languages": world.languages.digest(),
        "tables": tables,
        "sentry": SentryCache::new(&world.sentry).digest()?,
        "projects": world.config.sentry.projects,
        "docs": docs(world, change),
        "facts": facts,
        "votes": votes,
    });
    Ok(blake3::hash(parts.to_string().as_bytes()).to_hex().to_string())
}

/// What agents can find in documentation; nothing where there is no model to ask.
/// The lock files are in the tree. Documentation that cannot be opened is none,
/// which the review says.
fn docs(world: &World, change: &Change) -> Option<String> {
    let machine = world.docs.as_ref().filter(|_| world.llm.is_some())?;
    let changed: Vec<String> = change.files.iter().map(|f| f.path.clone()).collect();
    let limits = &world.config.docs;
    let state = docs::state(machine, &world.assets, limits, &changed);
    Some(format!("{limits:?} {}", state.unwrap_or_else(|error| error.to_string())))
}
