//! Which fit turns whose prior into a probability.

use serde::{Deserialize, Serialize};

use super::{Isotonic, Platt};

/// A fitted function from a score, 0 to 1, to a probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    Isotonic(Isotonic),
    /// Over the log-odds of the score.
    Platt(Platt),
}

/// The fit for all priors, or for those of one origin or of one rule in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Hypotheses that the fit was made of, and how many of them were right.
    pub observed: usize,
    pub right: usize,
    pub fit: Fit,
}

/// All fits of one evaluation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    #[serde(default, rename = "row")]
    pub rows: Vec<Row>,
}

/// No score is taken as more certain than this, so that its log-odds are finite.
const MOST: f64 = 1.0 - 1e-6;

impl Fit {
    /// The probability at a score, both 0 to 1.
    pub fn at(&self, score: f64) -> f64 {
        let value = match self {
            Self::Isotonic(fit) => fit.at(score),
            Self::Platt(fit) => fit.at(log_odds(score)),
        };
        value.clamp(0.0, 1.0)
    }
}

/// The probability of log-odds.
pub fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The log-odds of a probability, finite for 0 and 1 too: what [`Platt`] is fitted over.
pub fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(1.0 - MOST, MOST);
    (p / (1.0 - p)).ln()
}

impl Table {
    /// The probability of a prior by the nearest fit: the rule's, else the origin's, else
    /// that of all; the prior itself where there is none.
    pub fn chance(&self, origin: &str, rule: Option<&str>, prior: f64) -> f64 {
        let levels = [(Some(origin), rule), (Some(origin), None), (None, None)];
        let row = levels.iter().find_map(|(origin, rule)| {
            let is_level =
                |row: &&Row| row.origin.as_deref() == *origin && row.rule.as_deref() == *rule;
            self.rows.iter().find(is_level)
        });
        row.map_or(prior, |row| row.fit.at(prior))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(origin: Option<&str>, rule: Option<&str>, offset: f64) -> Row {
        Row {
            origin: origin.map(str::to_owned),
            rule: rule.map(str::to_owned),
            observed: 10,
            right: 5,
            fit: Fit::Platt(Platt { slope: 1.0, offset }),
        }
    }

    #[test]
    fn the_nearest_fit_counts_and_without_one_the_prior() {
        let table = Table {
            rows: vec![
                row(None, None, -1.0),
                row(Some("rule"), None, -2.0),
                row(Some("rule"), Some("falsy-zero"), -3.0),
            ],
        };
        let at = |origin, rule| log_odds(table.chance(origin, rule, 0.5)).round();
        assert_eq!(at("rule", Some("falsy-zero")), -3.0);
        assert_eq!(at("rule", Some("other")), -2.0);
        assert_eq!((at("rule", None), at("model", None)), (-2.0, -1.0));
        assert_eq!(Table::default().chance("rule", None, 0.3), 0.3);
        assert!(table.chance("model", None, 1.0) < 1.0);
    }

    #[test]
    fn a_table_survives_being_written_and_read() {
        let points =
            [0.1, 0.9].map(|x| crate::calibration::Point { score: x, outcome: x, weight: 1.0 });
        let isotonic = Fit::Isotonic(Isotonic::fit(&points).unwrap());
        let table = Table {
            rows: vec![row(None, None, 0.5), Row { fit: isotonic, ..row(None, None, 0.0) }],
        };
        let text = toml::to_string(&table).unwrap();
        assert_eq!(toml::from_str::<Table>(&text).unwrap(), table, "{text}");
    }
}
