//! Log-probabilities of candidates from the most probable next tokens.

use serde_json::Value;

/// A token of the list with its log-probability.
pub type Listed = (String, f64);

/// The list at the first token of an answer; `None` if the server gives none.
pub fn listed(answer: &Value) -> Option<Vec<Listed>> {
    let top = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"].as_array()?;
    let list: Vec<Listed> = top
        .iter()
        .filter_map(|entry| {
            let logprob = entry["logprob"].as_f64().filter(|p| !p.is_nan())?;
            Some((entry["token"].as_str()?.to_owned(), logprob.min(0.0)))
        })
        .collect();
    (!list.is_empty()).then_some(list)
}

/// What a list says of the candidates.
#[derive(Debug, PartialEq)]
pub struct Shares {
    /// By candidate, the log of the summed probability of the tokens that are
    /// the whole of it; `None` if none of them is listed.
    pub scores: Vec<Option<f64>>,
    /// Tokens that only begin a candidate: what comes after decides.
    pub begun: Vec<Listed>,
    /// Upper bound of what is not listed.
    pub least: f64,
}

/// White space around a token counts for nothing.
pub fn shares(list: &[Listed], candidates: &[&str]) -> Shares {
    let mut shares = Shares { scores: vec![None; candidates.len()], begun: Vec::new(), least: 0.0 };
    for (token, logprob) in list {
        shares.least = shares.least.min(*logprob);
        let word = token.trim();
        let mut begins = false;
        for (n, candidate) in candidates.iter().enumerate() {
            let candidate = candidate.trim();
            if candidate == word {
                shares.add(n, *logprob);
            } else {
                begins |= !word.is_empty() && candidate.starts_with(word);
            }
        }
        if begins {
            shares.begun.push((token.clone(), *logprob));
        }
    }
    shares
}

impl Shares {
    /// Adds the probability of another way to write a candidate.
    pub fn add(&mut self, candidate: usize, logprob: f64) {
        let sum = self.scores[candidate].map_or(0.0, f64::exp) + logprob.exp();
        self.scores[candidate] = Some(sum.ln());
    }
}

/// What is left of each candidate that a token begins, with its place.
pub fn rests<'a>(candidates: &[&'a str], token: &str) -> Vec<(usize, &'a str)> {
    let rest = |c: &&'a str| c.trim().strip_prefix(token.trim()).filter(|rest| !rest.is_empty());
    candidates.iter().enumerate().filter_map(|(n, c)| Some((n, rest(c)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_is_a_candidate_or_its_beginning() {
        let list = [
            ("valid".to_owned(), 0.4_f64.ln()),
            (" valid".to_owned(), 0.1_f64.ln()),
            (" in".to_owned(), 0.2_f64.ln()),
            ("The".to_owned(), 0.1_f64.ln()),
            (" ".to_owned(), 0.05_f64.ln()),
        ];
        let found = shares(&list, &["valid", "invalid"]);
        assert!((found.scores[0].unwrap().exp() - 0.5).abs() < 1e-9);
        assert_eq!(found.scores[1], None);
        assert_eq!(found.begun, [(" in".to_owned(), 0.2_f64.ln())]);
        assert!((found.least.exp() - 0.05).abs() < 1e-9);
        assert_eq!(rests(&["valid", "invalid"], " in"), [(1, "valid")]);
        let found = shares(&[("no".to_owned(), -0.1)], &["no", "none"]);
        assert!(found.scores[0].is_some() && found.begun.len() == 1);
        assert_eq!(rests(&["no", "none"], "no"), [(1, "ne")]);
    }

    #[test]
    fn an_answer_without_probabilities_has_no_list() {
        for answer in [
            json!({ "choices": [{ "logprobs": null }] }),
            json!({ "choices": [{ "logprobs": { "content": [] } }] }),
            json!({ "choices": [{ "logprobs": { "content": [{ "top_logprobs": [] }] } }] }),
            json!([]),
        ] {
            assert_eq!(listed(&answer), None);
        }
        let top = json!([{ "token": "a", "logprob": -1 }, { "token": "b", "logprob": null }]);
        let answer =
            json!({ "choices": [{ "logprobs": { "content": [{ "top_logprobs": top }] } }] });
        assert_eq!(listed(&answer).unwrap(), [("a".to_owned(), -1.0)]);
    }
}
