//! What files of the repository were called when events were recorded.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::SentryError;
use crate::change::{Rename, Repo};
use crate::store::Store;

/// The row of `sentry_state` that keeps the renames of the last tree.
const KEY: &str = "renames";
/// Commits that are looked at: some seconds' work in a large repository, once.
const COMMITS: usize = 5000;
/// A release may be older than the event, and its files were named before that.
const MARGIN: i64 = 180 * 86_400;
/// Renames that are kept.
const KEPT: usize = 50_000;

#[derive(Serialize, Deserialize)]
struct Kept {
    commit: String,
    since: Option<i64>,
    /// Old and new path, the newest rename first.
    pairs: Vec<(String, String)>,
}

/// The renames in the history of a commit, the newest first, as far back as the data
/// of the cache could know. They are kept: for a commit after the last one, only what
/// came since is read.
pub(super) fn renames(
    store: &Store,
    repo: &Repo,
    commit: &str,
) -> Result<Vec<Rename>, SentryError> {
    let (kept, since) = {
        let db = store.lock();
        let kept: Option<String> = db
            .query_row("SELECT value FROM sentry_state WHERE key = ?1", [KEY], |r| r.get(0))
            .optional()?;
        let oldest: Option<i64> =
            db.query_row("SELECT min(first_seen) FROM sentry_issue", [], |r| r.get(0))?;
        (kept, oldest.map(|time| (time - MARGIN).max(0)))
    };
    // What an older program kept in another form is read anew.
    let kept: Option<Kept> = kept.and_then(|text| serde_json::from_str(&text).ok());
    let kept = kept.filter(|k| k.since == since);
    if let Some(kept) = kept.as_ref().filter(|k| k.commit == commit) {
        return Ok(pairs(&kept.pairs));
    }
    let before = match kept {
        Some(kept)
            if repo.resolve(&kept.commit, "commit")?.is_some()
                && repo.is_ancestor(&kept.commit, commit)? =>
        {
            Some(kept)
        }
        _ => None,
    };
    let after = before.as_ref().map(|k| k.commit.as_str());
    let mut found: Vec<(String, String)> =
        repo.renames(commit, after, since, COMMITS)?.into_iter().map(|r| (r.old, r.new)).collect();
    found.extend(before.into_iter().flat_map(|k| k.pairs));
    found.truncate(KEPT);
    let kept = Kept { commit: commit.to_owned(), since, pairs: found };
    let written = store.lock().execute(
        "INSERT OR REPLACE INTO sentry_state (key, value) VALUES (?1, ?2)",
        params![KEY, serde_json::to_string(&kept)?],
    );
    match written {
        // A frozen copy: git is asked each time.
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) => {}
        other => drop(other?),
    }
    Ok(pairs(&kept.pairs))
}

fn pairs(pairs: &[(String, String)]) -> Vec<Rename> {
    pairs.iter().map(|(old, new)| Rename { old: old.clone(), new: new.clone() }).collect()
}
