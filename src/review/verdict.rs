//! The forced verdict: which of two words a model puts after the question, and how
//! probably.

use serde_json::json;

use crate::agent::{Agent, AgentError, Prompts, Trace};
use crate::calibration::{log_odds, probability};
use crate::engine::Message;
use crate::plain;

/// The words of a verdict; everything else is masked.
const WORDS: [&str; 2] = ["valid", "invalid"];
/// Characters of a title within the question.
const TITLE: usize = 120;

/// The probability that a model gives to `valid` against `invalid`, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Forced {
    /// With the bias of the order taken out.
    pub valid: f64,
    /// With `valid` named first in the question, and with `invalid` first.
    pub orders: [f64; 2],
}

impl Forced {
    /// Averages the log-odds of both orders: what a model adds for the word that it
    /// reads first, or last, is added once to each side and cancels. The odds are
    /// bounded, so that one order cannot outvote the other without measure.
    fn new(orders: [f64; 2]) -> Self {
        let mean = (log_odds(orders[0]) + log_odds(orders[1])) / 2.0;
        Self { valid: probability(mean), orders }
    }
}

/// Asks for the verdict on a title at the end of a conversation, which stays as it is,
/// once for each order of the answers. `guideline` is shown where the conversation has
/// not shown it. `None` from a model that offers no probabilities; the trace says so.
pub(super) fn force(
    agent: &Agent<'_>,
    prompts: &Prompts,
    messages: &[Message],
    title: &str,
    guideline: Option<&str>,
    trace: &mut Trace,
) -> Result<Option<Forced>, AgentError> {
    let title = plain::line(title, TITLE);
    let mut orders = [0.0; 2];
    for (order, valid_first) in orders.iter_mut().zip([true, false]) {
        let values = json!({
            "title": title,
            "guideline": guideline.unwrap_or_default(),
            "valid_first": valid_first,
        });
        let question = prompts.render("verify/verdict", values)?;
        let mut messages = messages.to_vec();
        let Some(shares) = agent.choose(&mut messages, question, "Verdict: ", &WORDS, trace)?
        else {
            return Ok(None);
        };
        *order = shares.first().copied().unwrap_or(0.0);
    }
    Ok(Some(Forced::new(orders)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bias_of_the_order_cancels() {
        let share = probability;
        let (signal, bias) = (0.7, 2.5);
        let forced = Forced::new([share(signal + bias), share(signal - bias)]);
        assert!((forced.valid - share(signal)).abs() < 1e-9, "{forced:?}");
        assert!((Forced::new([0.9, 0.9]).valid - 0.9).abs() < 1e-9);
    }

    #[test]
    fn a_certain_order_does_not_make_the_result_infinite() {
        let forced = Forced::new([1.0, 0.0]);
        assert!((forced.valid - 0.5).abs() < 1e-6, "{forced:?}");
        assert!(Forced::new([1.0, 1.0]).valid < 1.0);
    }
}
