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
    /// By candidate, the log of the summed probability of the tokens that only
    /// it begins with; `None` if none of them is listed.
    pub scores: Vec<Option<f64>>,
    /// Tokens that several candidates begin with: what comes after decides.
    pub shared: Vec<Listed>,
    /// Upper bound of what is not listed.
    pub least: f64,
}

/// A token belongs to a candidate that begins with it, white space around it
/// apart.
pub fn shares(list: &[Listed], candidates: &[&str]) -> Shares {
    let mut scores = vec![None; candidates.len()];
    let mut shared = Vec::new();
    for (token, logprob) in list {
        let word = token.trim();
        let fits = |c: &&str| !word.is_empty() && c.trim_start().starts_with(word);
        let mut those = candidates.iter().enumerate().filter(|(_, c)| fits(c)).map(|(n, _)| n);
        match (those.next(), those.next()) {
            (Some(n), None) => {
                let sum: f64 = scores[n].map_or(0.0, f64::exp) + logprob.exp();
                scores[n] = Some(sum.ln());
            }
            (Some(_), Some(_)) => shared.push((token.clone(), *logprob)),
            _ => {}
        }
    }
    let least = list.iter().map(|(_, p)| *p).fold(0.0, f64::min);
    Shares { scores, shared, least }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_are_counted_for_the_candidate_that_begins_with_them() {
        let list = [
            ("valid".to_owned(), 0.5_f64.ln()),
            (" inv".to_owned(), 0.2_f64.ln()),
            ("in".to_owned(), 0.1_f64.ln()),
            ("The".to_owned(), 0.1_f64.ln()),
            (" ".to_owned(), 0.05_f64.ln()),
        ];
        let found = shares(&list, &["valid", "invalid"]);
        assert!((found.scores[0].unwrap().exp() - 0.5).abs() < 1e-9);
        assert!((found.scores[1].unwrap().exp() - 0.3).abs() < 1e-9);
        assert!(found.shared.is_empty());
        assert!((found.least.exp() - 0.05).abs() < 1e-9);
        let found = shares(&[("v".to_owned(), -0.1)], &["valid", "void"]);
        assert_eq!(found.scores, [None, None]);
        assert_eq!(found.shared, [("v".to_owned(), -0.1)]);
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
