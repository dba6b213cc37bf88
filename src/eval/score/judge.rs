//! A language model that says whether two descriptions mean the same bug, where their
//! cosine leaves it open.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::agree::{Pair, cosines};
use crate::agent::{Prompts, prompt};
use crate::engine::{Embedder, Llm, Message};
use crate::eval::EvalError;

/// How far from the threshold a cosine still leaves it open. Of the 71 pairs that chose
/// the threshold of all-minilm-l6-v2, all 13 that it misjudges lie within this, and 15 of
/// the 18 misjudged of the others; 60 % of all pairs do.
pub(super) const MARGIN: f32 = 0.15;

/// The template of the question.
const QUESTION: &str = "eval/same";
const ANSWERS: [&str; 2] = ["yes", "no"];

/// A model that judges descriptions.
pub struct Judge {
    pub llm: Arc<dyn Llm>,
    pub prompts: Prompts,
}

/// What judged, and how often it is right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub model: String,
    /// Of its weights.
    pub digest: String,
    /// Of all prompts.
    pub prompts: String,
    /// It is asked where the cosine is less than this from the threshold.
    pub margin: f32,
    /// Labelled pairs within the margin that it was tried on; none of them chose the
    /// threshold or the margin.
    pub pairs: usize,
    /// The mean of the shares judged right of those of the same bug and of different ones;
    /// the threshold alone, on the same pairs, is right as often as `without`.
    pub right: f32,
    pub without: f32,
}

impl Judge {
    /// Whether two descriptions mean the same bug: the probability of a yes reaches one
    /// half, averaged over both orders.
    ///
    /// # Errors
    /// The model cannot be asked, or its server offers no probabilities.
    pub fn is_same(&self, a: &str, b: &str) -> Result<bool, EvalError> {
        let mut yes = 0.0;
        for (first, second) in [(a, b), (b, a)] {
            let fenced = |text| prompt::fence("description", text);
            let values = json!({ "first": fenced(first), "second": fenced(second) });
            let question = [Message::user(self.prompts.render(QUESTION, values)?)];
            let scores = self.llm.score(&question, "Answer: ", &ANSWERS)?;
            let [said, denied] = scores[..] else { continue };
            yes += 1.0 / (1.0 + (denied - said).exp());
        }
        Ok(yes >= 1.0)
    }

    /// Tries the judge on labelled pairs that the threshold leaves open.
    ///
    /// # Errors
    /// Those of [`Self::is_same`], and of the embedder.
    pub fn tried(&self, embedder: &dyn Embedder, threshold: f32) -> Result<Judged, EvalError> {
        let (mut asked, mut plain) = (Vec::new(), Vec::new());
        for (pair, cosine) in cosines(embedder)?.iter().filter(|(pair, _)| !pair.choose) {
            if is_open(*cosine, threshold) {
                asked.push((pair.same, self.is_same(&pair.expected, &said(pair))?));
                plain.push((pair.same, *cosine >= threshold));
            }
        }
        let info = self.llm.info();
        Ok(Judged {
            model: info.name.clone(),
            digest: info.digest.clone(),
            prompts: self.prompts.digest().to_owned(),
            margin: MARGIN,
            pairs: asked.len(),
            right: balanced(&asked),
            without: balanced(&plain),
        })
    }
}

/// Whether a cosine leaves it open what two descriptions mean.
pub(super) fn is_open(cosine: f32, threshold: f32) -> bool {
    (cosine - threshold).abs() < MARGIN
}

/// What the finding of a pair says.
fn said(pair: &Pair) -> String {
    crate::finding::words(&pair.title, &pair.short)
}

/// The mean of the shares of either sort that were judged right, three decimals; of truth
/// and judgement.
fn balanced(judged: &[(bool, bool)]) -> f32 {
    let share = |same: bool| {
        let of = judged.iter().filter(|j| j.0 == same);
        of.clone().filter(|j| j.1 == same).count() as f32 / of.count().max(1) as f32
    };
    ((share(true) + share(false)) * 500.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Assets;
    use crate::engine::scripted::{Reply, Scripted};

    #[test]
    fn the_answer_is_the_mean_of_both_orders() {
        let yes = |share: f64| {
            Reply::Scores(vec![("yes".into(), share.ln()), ("no".into(), (1.0 - share).ln())])
        };
        let judge = |first: f64, second: f64| {
            let llm = Scripted::new(true)
                .once(&["leaks the file", "reads past the end"], yes(first))
                .once(&["reads past the end", "leaks the file"], yes(second));
            let prompts = Prompts::load(&Assets::builtin()).unwrap();
            Judge { llm: Arc::new(llm), prompts }
        };
        let same = |first, second| {
            judge(first, second).is_same("leaks the file", "reads past the end").unwrap()
        };
        assert!(same(0.9, 0.2) && !same(0.7, 0.2));
    }

    #[test]
    fn sorts_of_unequal_size_weigh_the_same() {
        // Three of four the same bug, of which two are seen; the other one is not.
        let judged = [(true, true), (true, true), (true, false), (false, true)];
        assert!((balanced(&judged) - 0.333).abs() < 1e-6);
    }
}
