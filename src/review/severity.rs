//! How grave a bug is, by the rubric of `prompts/severity.toml`: what it does, and how
//! often that is met. What production saw decides on the latter before any model.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::ReviewError;
use crate::asset::Assets;
use crate::finding::{Hypothesis, Source};
use crate::sentry::SentryCache;

const FILE: &str = "prompts/severity.toml";
/// Severity of a kind that the rubric does not name.
const MIDDLE: f64 = 0.5;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rubric {
    consequence: Vec<Consequence>,
    reach: Vec<Reach>,
    kinds: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Consequence {
    name: String,
    means: String,
    severity: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reach {
    name: String,
    means: String,
    shift: f64,
    /// Events of an issue from which on this reach is proven.
    events: Option<u64>,
}

impl Rubric {
    pub fn load(assets: &Assets) -> Result<Self, ReviewError> {
        let bad = |reason: String| ReviewError::Rubric { reason };
        let rubric: Self = toml::from_str(&assets.read(FILE)?.text)
            .map_err(|error| bad(error.message().to_owned()))?;
        if rubric.consequence.is_empty() || rubric.reach.is_empty() {
            return Err(bad("it needs a [[consequence]] and a [[reach]] at least".to_owned()));
        }
        for (kind, name) in &rubric.kinds {
            if !rubric.consequence.iter().any(|c| c.name == *name) {
                return Err(bad(format!("kinds.{kind}: there is no consequence `{name}`")));
            }
        }
        Ok(rubric)
    }

    /// What a kind of bug does unless more is known, 0 to 1.
    pub fn of_kind(&self, kind: &str) -> f64 {
        let name = self.kinds.get(kind);
        let found = self.consequence.iter().find(|c| Some(&c.name) == name);
        found.map_or(MIDDLE, |c| c.severity)
    }

    /// The severity, 0 to 1, of a consequence with a reach, by their names.
    pub fn rate(&self, consequence: &str, reach: &str) -> Option<f64> {
        let reach = self.reach.iter().find(|r| r.name == reach)?;
        self.shifted(consequence, reach.shift)
    }

    /// Likewise with the reach that production proved.
    pub fn shifted(&self, consequence: &str, shift: f64) -> Option<f64> {
        let consequence = self.consequence.iter().find(|c| c.name == consequence)?;
        Some((consequence.severity + shift).clamp(0.0, 1.0))
    }

    /// What the events of the issues among a hypothesis's evidence add to its severity;
    /// `None` without an issue.
    pub fn proven(
        &self,
        hypothesis: &Hypothesis,
        cache: &SentryCache<'_>,
    ) -> Result<Option<f64>, ReviewError> {
        let mut events = 0;
        for evidence in &hypothesis.evidence {
            if let Source::Issue { id, .. } = &evidence.source {
                events = events.max(cache.issue(id)?.count);
            }
        }
        let proven = self.reach.iter().filter(|r| r.events.is_some_and(|least| least <= events));
        Ok(proven.max_by_key(|r| r.events).map(|r| r.shift))
    }

    /// The values of the question after a severity.
    pub fn question(&self) -> Value {
        let consequences: Vec<_> =
            self.consequence.iter().map(|c| json!({ "name": c.name, "means": c.means })).collect();
        let reaches: Vec<_> =
            self.reach.iter().map(|r| json!({ "name": r.name, "means": r.means })).collect();
        json!({ "consequences": consequences, "reaches": reaches })
    }

    /// The slots of its answer's form.
    pub fn slots(&self) -> [(&'static str, Value); 2] {
        let consequences: Vec<&str> = self.consequence.iter().map(|c| c.name.as_str()).collect();
        let reaches: Vec<&str> = self.reach.iter().map(|r| r.name.as_str()).collect();
        [("consequences", json!({ "enum": consequences })), ("reaches", json!({ "enum": reaches }))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rubric_rates_every_kind_and_what_is_worse_higher() {
        let assets = Assets::builtin();
        let rubric = Rubric::load(&assets).unwrap();
        let prompts = crate::agent::Prompts::load(&assets).unwrap();
        for kind in prompts.kinds().unwrap() {
            assert!(rubric.kinds.contains_key(&kind), "{kind}");
        }
        let rate = |c, r| rubric.rate(c, r).unwrap();
        assert!(rate("data_loss", "usual") > rate("crash", "usual"));
        assert!(rate("crash", "usual") > rate("crash", "rare"));
        assert!(rate("cosmetic", "rare") == 0.0);
        assert_eq!((rubric.rate("x", "rare"), rubric.rate("crash", "x")), (None, None));
        assert_eq!(rubric.of_kind("injection"), 0.9);
        assert_eq!(rubric.of_kind("something new"), MIDDLE);
    }

    #[test]
    fn a_broken_rubric_is_named_with_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("prompts")).unwrap();
        let file = folder.path().join(FILE);
        let builtin = Assets::builtin().read(FILE).unwrap().text.into_owned();
        let assets = Assets::builtin().with_layer(folder.path());
        for (from, to, reason) in [
            (
                "race = \"wrong_result\"",
                "race = \"doom\"",
                "kinds.race: there is no consequence `doom`",
            ),
            ("shift = 0.1", "shift = \"much\"", "invalid type"),
        ] {
            std::fs::write(&file, builtin.replace(from, to)).unwrap();
            let error = Rubric::load(&assets).unwrap_err().to_string();
            assert!(error.contains(FILE) && error.contains(reason), "{error}");
        }
    }
}
