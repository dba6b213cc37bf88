//! Splits text into the words that a search compares, and weighs passages by them.

use std::collections::HashMap;

/// Longer words are data.
const MAX_WORD: usize = 60;

/// Words of a text: identifiers whole and in their parts (`filtered_search` gives
/// `filteredsearch`, `filtered`, `search`), in small letters, without endings.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for run in text.split(|c| !is_word(c)).filter(|r| !r.is_empty()) {
        let parts = parts(run);
        if parts.len() > 1 {
            push(&mut found, &parts.concat());
        }
        for part in &parts {
            push(&mut found, part);
        }
    }
    found
}

fn push(found: &mut Vec<String>, word: &str) {
    if word.len() <= MAX_WORD {
        found.push(stem(&word.to_lowercase()));
    }
}

/// Parts of an identifier: at underscores, at changes from small letters to
/// capitals, and before the last capital of several (`HTTPServer`).
fn parts(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for piece in word.split('_').filter(|p| !p.is_empty()) {
        let chars: Vec<char> = piece.chars().collect();
        let mut start = 0;
        for n in 1..chars.len() {
            let lower_upper = chars[n - 1].is_lowercase() && chars[n].is_uppercase();
            let upper_word = chars[n - 1].is_uppercase()
                && chars[n].is_uppercase()
                && chars.get(n + 1).is_some_and(|c| c.is_lowercase());
            if lower_upper || upper_word {
                parts.push(chars[start..n].iter().collect());
                start = n;
            }
        }
        parts.push(chars[start..].iter().collect());
    }
    parts
}

/// Takes the commonest English endings off, so that `timeouts` finds `timeout` and
/// `cancelling` finds `cancel`. It need not be right, only alike on both sides.
fn stem(word: &str) -> String {
    /// What is left must still be a word.
    const LEAST: usize = 4;
    if !word.is_ascii() {
        return word.to_owned();
    }
    let mut word = word;
    if word.len() > 3
        && word.ends_with('s')
        && !["ss", "us", "is"].iter().any(|e| word.ends_with(e))
    {
        word = &word[..word.len() - 1];
    }
    for ending in ["lation", "ation", "ing", "ed"] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.len() >= LEAST
        {
            word = rest;
            break;
        }
    }
    if word.len() > LEAST && (word.ends_with('e') || word.ends_with("ll")) {
        word = &word[..word.len() - 1];
    }
    word.to_owned()
}

/// Words of a question, each once, without those that say nothing.
pub(super) fn question(text: &str, stop_words: &[String]) -> Vec<String> {
    /// Longer questions are cut.
    const MOST: usize = 24;
    let spoken = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|w| !stop_words.iter().any(|s| s.eq_ignore_ascii_case(w)))
        .collect::<Vec<_>>()
        .join(" ");
    let mut found: Vec<String> = Vec::new();
    for word in words(&spoken) {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found.truncate(MOST);
    found
}

/// A passage as it is weighed.
pub(super) struct Weighed<'a> {
    pub title: &'a str,
    pub place: &'a str,
    pub body: &'a str,
    /// What its score is multiplied with.
    pub rank: f64,
}

/// How often each word of a question counts in a passage, and its length.
struct Counted {
    counts: Vec<f64>,
    length: f64,
}

/// What one word counts in a title, in a body, and in a path.
const TITLE: f64 = 3.0;
const BODY: f64 = 1.0;
const PLACE: f64 = 0.6;
/// BM25's saturation, and how far length counts.
const K: f64 = 1.2;
const B: f64 = 0.5;
/// A symbol's passage counts more than prose that says the same.
pub(super) const SYMBOL: f64 = 1.15;
/// A definition's own passage is short; it is not to win by that alone.
const LEAST_LENGTH: f64 = 20.0;

/// BM25 over weighted fields, for each passage the share of the question's words
/// that it has, and its score. `total` is the number of passages searched, all that
/// have any of the words being given.
pub(super) fn weigh(
    question: &[String],
    passages: &[Weighed<'_>],
    total: usize,
) -> Vec<(f64, f64)> {
    let numbers: HashMap<&str, usize> =
        question.iter().enumerate().map(|(n, w)| (w.as_str(), n)).collect();
    let counted: Vec<Counted> = passages
        .iter()
        .map(|passage| {
            let mut counts = vec![0.0; question.len()];
            let mut length = 0.0;
            for (text, weight) in
                [(passage.title, TITLE), (passage.place, PLACE), (passage.body, BODY)]
            {
                for word in words(text) {
                    length += 1.0;
                    if let Some(n) = numbers.get(word.as_str()) {
                        counts[*n] += weight;
                    }
                }
            }
            Counted { counts, length: f64::max(length, LEAST_LENGTH) }
        })
        .collect();
    let mean = counted.iter().map(|c| c.length).sum::<f64>() / counted.len().max(1) as f64;
    let total = total.max(counted.len()) as f64;
    let rarity: Vec<f64> = (0..question.len())
        .map(|n| {
            let having = counted.iter().filter(|c| c.counts[n] > 0.0).count() as f64;
            let rarity = (1.0 + (total - having + 0.5) / (having + 0.5)).ln();
            // A word that nothing has is rather another word for what is meant.
            if having == 0.0 { rarity / 2.0 } else { rarity }
        })
        .collect();
    let all: f64 = rarity.iter().sum();
    counted
        .iter()
        .zip(passages)
        .map(|(passage, weighed)| {
            let norm = K * (1.0 - B + B * passage.length / mean);
            let (mut share, mut score) = (0.0, 0.0);
            for (count, rarity) in passage.counts.iter().zip(&rarity) {
                if *count > 0.0 {
                    share += rarity;
                    score += rarity * count * (K + 1.0) / (count + norm);
                }
            }
            let share = share / all;
            // What answers all of a question is worth more than much of one word.
            (share, score * (0.5 + share) * weighed.rank)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found_whole_and_in_parts() {
        assert_eq!(words("filtered_search"), ["filteredsearch", "filter", "search"]);
        assert_eq!(
            words("Session.getHTTPServer()"),
            ["session", "gethttpserver", "get", "http", "server"]
        );
        assert_eq!(words("__init__ v2 ñandú"), ["init", "v2", "ñandú"]);
    }

    #[test]
    fn endings_do_not_count() {
        for (a, b) in [
            ("timeouts", "timeout"),
            ("cancelled", "cancel"),
            ("cancellation", "cancel"),
            ("uses", "use"),
            ("filtered", "filter"),
        ] {
            assert_eq!(stem(a), stem(b), "{a} {b}");
        }
        assert_ne!(stem("class"), stem("clas_"));
    }

    #[test]
    fn titles_rare_words_and_whole_answers_count_more() {
        let passage = |title, body| Weighed { title, place: "a.rs:1", body, rank: 1.0 };
        let passages = [
            passage("Receiver::recv", "receives a value"),
            passage("Sender::send", "the receiver may recv it"),
            passage("Receiver::close", "closes the receiver; recv then gives none"),
        ];
        let question = question(
            "how does the Receiver recv a value",
            &["the".into(), "how".into(), "a".into(), "does".into()],
        );
        let scores: Vec<f64> = weigh(&question, &passages, 100).iter().map(|s| s.1).collect();
        assert!(scores[0] > scores[2] && scores[2] > scores[1], "{scores:?}");
    }
}
