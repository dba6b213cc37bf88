//! Keeps learned models in the repository's database, and learns anew when the history
//! has grown.

use rusqlite::params;

use super::RiskError;
use super::data::{self, DATA, Kinds};
use super::learn::{History, Model};
use crate::change::{ChangeError, Repo};
use crate::config::Config;
use crate::lang::Languages;
use crate::store::{Store, StoreError};

/// Models that are kept; reviews of old commits have their own.
const KEPT: i64 = 4;

/// A model, and where it comes from.
#[derive(Debug, Clone)]
pub struct Learned {
    pub model: Model,
    /// The commit whose history it was learned from; `None` for the prior alone.
    pub commit: Option<String>,
    /// Changes of that history.
    pub changes: usize,
    /// Why there is no more than the prior, where something went wrong.
    pub note: Option<String>,
}

impl Learned {
    fn prior(note: Option<String>) -> Self {
        Self { model: Model::prior().clone(), commit: None, changes: 0, note }
    }
}

/// The model for changes on top of `base`: a kept one of its history that is not stale,
/// else one that is learned now, in seconds, and kept. Without a base, with
/// `risk.max_commits` at 0 or when git cannot read the history, it is the prior. `fresh`
/// learns in any case.
pub fn learned(
    repo: &Repo,
    store: &Store,
    base: Option<&str>,
    languages: &Languages,
    config: &Config,
    fresh: bool,
) -> Result<Learned, RiskError> {
    let count = config.risk.max_commits;
    let Some(base) = base.filter(|_| count > 0) else { return Ok(Learned::prior(None)) };
    let rules = rules(languages, config);
    if !fresh && let Some(kept) = find(repo, store, base, &rules)? {
        return Ok(kept);
    }
    let kinds = Kinds::new(languages, &config.review)?;
    let history = match History::read(repo, base, count, &kinds) {
        // A partial clone has no lines of the past.
        Err(RiskError::Change(ChangeError::Git { stderr, .. })) => {
            let why = crate::plain::line(&stderr, 200);
            return Ok(Learned::prior(Some(format!("git could not read the history: {why}"))));
        }
        history => history?,
    };
    let model = Model::learn(&history, history.len(), Model::prior());
    let learned =
        Learned { model, commit: Some(base.to_owned()), changes: history.len(), note: None };
    keep(store, base, &rules, &learned)?;
    Ok(learned)
}

/// Hash of what decides how a model is learned.
fn rules(languages: &Languages, config: &Config) -> String {
    let review = &config.review;
    let parts = format!(
        "{} {} {} {} {:?} {:?} {:?} {}",
        env!("CARGO_PKG_VERSION"),
        data::digest(),
        Model::prior().digest(),
        languages.digest(),
        review.tests,
        review.docs,
        review.ignore,
        config.risk.max_commits
    );
    blake3::hash(parts.as_bytes()).to_hex()[..16].to_owned()
}

/// The newest kept model of the history of `base` that is not stale. One that cannot be
/// read is passed over: it is learned again and replaced.
fn find(repo: &Repo, store: &Store, base: &str, rules: &str) -> Result<Option<Learned>, RiskError> {
    let read = || -> rusqlite::Result<Vec<(String, i64, String)>> {
        let connection = store.lock();
        let mut statement = connection.prepare_cached(
            "SELECT commit_id, changes, model FROM risk_model WHERE rules = ?1 ORDER BY id DESC",
        )?;
        statement.query_map([rules], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect()
    };
    for (commit, changes, model) in read().map_err(|e| RiskError::Store(store.failed(e)))? {
        let changes = usize::try_from(changes).unwrap_or(0);
        let since = match commit == base {
            true => 0,
            false if is_before(repo, &commit, base)? => repo.main_line_since(&commit, base)?,
            false => continue,
        };
        if since as f64 > changes as f64 * DATA.model.stale {
            continue;
        }
        if let Ok(model) = serde_json::from_str(&model) {
            return Ok(Some(Learned { model, commit: Some(commit), changes, note: None }));
        }
    }
    Ok(None)
}

/// Whether `old` is in the history of `base`; one that is gone from the repository, as
/// after a rewrite of history, is not.
fn is_before(repo: &Repo, old: &str, base: &str) -> Result<bool, RiskError> {
    match repo.is_ancestor(old, base) {
        Err(ChangeError::Git { .. }) => Ok(false),
        known => Ok(known?),
    }
}

fn keep(store: &Store, commit: &str, rules: &str, learned: &Learned) -> Result<(), RiskError> {
    let text = serde_json::to_string(&learned.model).map_err(StoreError::Record)?;
    let write = || -> rusqlite::Result<()> {
        let mut connection = store.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "INSERT OR REPLACE INTO risk_model (commit_id, rules, changes, model)
             VALUES (?1, ?2, ?3, ?4)",
            params![commit, rules, learned.changes as i64, text],
        )?;
        transaction.execute(
            "DELETE FROM risk_model WHERE id NOT IN
                 (SELECT id FROM risk_model ORDER BY id DESC LIMIT ?1)",
            [KEPT],
        )?;
        transaction.commit()
    };
    write().map_err(|e| RiskError::Store(store.failed(e)))
}
