//! SmolLM2 against llama.cpp: `fixtures/engine/make_reference.py`.

use forewarn::engine::{Message, Role};
use serde::Deserialize;

use super::smollm;

#[derive(Deserialize)]
struct Case {
    name: String,
    prompt: String,
    messages: Vec<(Role, String)>,
    tokens: Vec<u32>,
    top: Vec<(u32, f32)>,
    /// Token, its logit, the runner-up and its logit.
    greedy: Vec<(u32, f32, u32, f32)>,
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../fixtures/engine/smollm2.json")).unwrap();
    assert_eq!(cases.len(), 4);
    cases
}

fn best(logits: &[f32]) -> u32 {
    let best = (0..logits.len()).reduce(|a, b| if logits[b] > logits[a] { b } else { a });
    best.unwrap() as u32
}

#[test]
fn texts_and_conversations_become_the_same_tokens() {
    for case in cases() {
        let tokens = if case.messages.is_empty() {
            smollm().encode(&case.prompt).unwrap()
        } else {
            let messages: Vec<Message> =
                case.messages.into_iter().map(|(role, text)| Message::new(role, text)).collect();
            smollm().encode_prompt(&messages, "").unwrap()
        };
        assert_eq!(tokens, case.tokens, "{}", case.name);
    }
}

#[test]
fn logits_are_close_and_the_first_token_is_the_same() {
    // llama.cpp rounds activations to 8 bits before every product, we do so
    // only for single rows, and each sums in its own order. Measured:
    // at most 0.55 on logits of about 25.
    const TOLERANCE: f32 = 1.0;
    for case in cases() {
        let single = if case.name == "code" { 1 } else { 256 };
        for chunk in [256, single] {
            let rows = smollm().logits(&case.tokens, chunk).unwrap();
            let logits = rows.last().unwrap();
            for &(token, expected) in &case.top {
                let got = logits[token as usize];
                assert!(
                    (got - expected).abs() < TOLERANCE,
                    "{} in chunks of {chunk}: token {token} has {got}, {expected} was expected",
                    case.name
                );
            }
            if case.top[0].1 - case.top[1].1 > TOLERANCE {
                assert_eq!(best(logits), case.top[0].0, "{} in chunks of {chunk}", case.name);
            }
        }
    }
}

#[test]
fn greedy_tokens_are_the_same_up_to_a_near_tie() {
    // Where llama.cpp's two best logits are closer than this, rounding decides.
    const TIE: f32 = 0.5;
    let mut compared = 0;
    for case in cases() {
        // Fed with the expected tokens, the model must choose each of them: the
        // same as writing them, up to the first that differs. One case goes
        // token by token as a completion does.
        let chunk = if case.name == "code" { 1 } else { 256 };
        let tokens = case.tokens.iter().copied().chain(case.greedy.iter().map(|g| g.0));
        let tokens: Vec<u32> = tokens.collect();
        let rows = smollm().logits(&tokens[..tokens.len() - 1], chunk).unwrap();
        let rows = &rows[case.tokens.len() - 1..];
        assert_eq!(rows.len(), case.greedy.len());
        for (at, (row, &(expected, logit, second, other))) in
            rows.iter().zip(&case.greedy).enumerate()
        {
            let got = best(row);
            if got != expected {
                assert!(
                    got == second && logit - other < TIE,
                    "{} after {at} tokens: {got} instead of {expected} ({logit} to {other})",
                    case.name,
                );
                break;
            }
            compared += 1;
        }
    }
    assert!(compared >= 60, "only {compared} of 96 tokens were compared");
}
