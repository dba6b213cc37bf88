//! How likely a hypothesis is before anyone reads it: the prior of its origin, made a
//! probability by what was measured (`grammars/calibration.toml`), then by this team's
//! votes on the findings of the same rule.

use std::collections::BTreeMap;

use super::{ReviewError, World};
use crate::asset::{AssetError, Assets};
use crate::calibration::{Prior, Table, Votes};
use crate::finding::{Finding, Hypothesis};
use crate::store::{Store, StoreError, Vote};

const FILE: &str = "grammars/calibration.toml";

pub(super) struct Chances {
    table: Table,
    /// By what proposed the findings that were voted on.
    votes: BTreeMap<String, Votes>,
    /// How many votes the measurement weighs as much as.
    weight: f64,
}

impl Chances {
    pub fn load(world: &World) -> Result<Self, ReviewError> {
        Ok(Self {
            table: table(&world.assets)?,
            votes: votes(&world.store)?,
            weight: world.config.review.vote_weight,
        })
    }

    /// The probability that the hypothesis is real, 0 to 1.
    pub fn of(&self, hypothesis: &Hypothesis) -> f64 {
        let (origin, rule) = (hypothesis.origin.as_str(), hypothesis.rule.as_deref());
        let mean = self.table.chance(origin, rule, hypothesis.prior);
        let votes = self.votes.get(&proposer(origin, rule, &hypothesis.kind));
        votes.map_or(mean, |votes| Prior { mean, weight: self.weight }.share(*votes))
    }
}

/// The fits; none if the file was emptied or is missing.
fn table(assets: &Assets) -> Result<Table, ReviewError> {
    let text = match assets.read(FILE) {
        Err(AssetError::Missing(_)) => return Ok(Table::default()),
        read => read?.text,
    };
    toml::from_str(&text)
        .map_err(|error| ReviewError::Calibration { reason: error.message().to_owned() })
}

/// The newest vote on each finding that is still kept.
fn votes(store: &Store) -> Result<BTreeMap<String, Votes>, ReviewError> {
    let mut votes: BTreeMap<String, Votes> = BTreeMap::new();
    for reaction in store.reactions()? {
        let Finding { origin, rule, kind, .. } = match store.finding(&reaction.finding) {
            Err(StoreError::NotFound { .. }) => continue,
            found => found?.1,
        };
        let key = proposer(origin.as_str(), rule.as_deref(), &kind);
        let count = votes.entry(key).or_default();
        match reaction.vote {
            Vote::Up => count.up += 1,
            Vote::Down => count.down += 1,
        }
    }
    Ok(votes)
}

/// What proposed a hypothesis: its rule, else its origin and the kind of bug.
fn proposer(origin: &str, rule: Option<&str>, kind: &str) -> String {
    format!("{origin} {}", rule.unwrap_or(kind))
}
