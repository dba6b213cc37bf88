//! Token counts: the server's own where it offers them, else an estimate.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::call::Caller;
use super::chat::message;
use super::server::Server;
use crate::config::{Endpoint, EndpointKind};
use crate::engine::Message;

/// How long a count may take before it is estimated.
const PATIENCE: Duration = Duration::from_secs(10);
/// Counts that are remembered.
const REMEMBERED: usize = 4096;
/// Tokens that a template adds to a message, and to the conversation, at most
/// that is known of one.
const PER_MESSAGE: usize = 8;

/// Counts by the text's hash.
#[derive(Default)]
pub struct Counts(Mutex<HashMap<blake3::Hash, usize>>);

/// More tokens than a text has with any model that is known: two bytes a token,
/// and one for each byte beyond ASCII. English and code have 3 to 4 bytes a token.
pub fn estimate(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    ascii.div_ceil(2) + (text.len() - ascii)
}

/// The same for a conversation.
pub fn estimate_prompt(messages: &[Message], prefix: &str) -> usize {
    let texts: usize = messages.iter().map(|m| estimate(&m.text)).sum();
    texts + PER_MESSAGE * (messages.len() + 1) + estimate(prefix)
}

impl Counts {
    /// Tokens of a text, and whether the server counted them.
    pub fn text(
        &self,
        caller: &Caller,
        settings: &Endpoint,
        server: &Server,
        text: &str,
    ) -> (usize, bool) {
        if text.is_empty() {
            return (0, true);
        }
        let body = match server.kind {
            EndpointKind::LlamaServer => json!({
                "content": text, "add_special": false, "parse_special": false,
            }),
            _ => json!({
                "model": settings.model, "prompt": text, "add_special_tokens": false,
            }),
        };
        match self.ask(caller, server, "tokenize", &body).and_then(|v| number(&v)) {
            Some(tokens) => (tokens, true),
            None => (estimate(text), false),
        }
    }

    /// Tokens of a conversation up to where the model goes on.
    pub fn prompt(
        &self,
        caller: &Caller,
        settings: &Endpoint,
        server: &Server,
        messages: &[Message],
        prefix: &str,
    ) -> (usize, bool) {
        let (after, counted) = self.text(caller, settings, server, prefix);
        let whole = counted.then(|| self.rendered(caller, settings, server, messages)).flatten();
        if let Some(tokens) = whole {
            return (tokens + after, true);
        }
        let each = messages.iter().map(|m| self.text(caller, settings, server, &m.text).0);
        let overhead = PER_MESSAGE * (messages.len() + 1);
        (each.sum::<usize>() + overhead + after, false)
    }

    /// Tokens of the conversation with its template, if the server counts it.
    fn rendered(
        &self,
        caller: &Caller,
        settings: &Endpoint,
        server: &Server,
        messages: &[Message],
    ) -> Option<usize> {
        let list: Vec<Value> = messages.iter().map(message).collect();
        let mut body = json!({ "messages": list, "chat_template_kwargs": settings.template });
        match server.kind {
            EndpointKind::LlamaServer => {
                let rendered = self.ask(caller, server, "apply-template", &body)?;
                let text = rendered["prompt"].as_str()?;
                let body = json!({ "content": text, "add_special": true, "parse_special": true });
                self.ask(caller, server, "tokenize", &body).and_then(|v| number(&v))
            }
            EndpointKind::Vllm => {
                body["model"] = settings.model.as_str().into();
                body["add_generation_prompt"] = true.into();
                self.ask(caller, server, "tokenize", &body).and_then(|v| number(&v))
            }
            _ => None,
        }
    }

    fn ask(&self, caller: &Caller, server: &Server, path: &str, body: &Value) -> Option<Value> {
        if !server.counts() {
            return None;
        }
        let key = blake3::hash(format!("{path} {body}").as_bytes());
        if let Some(tokens) = self.lock().get(&key) {
            return Some(json!({ "count": tokens }));
        }
        // A server that fails here once is not asked again: a review counts
        // often, and an estimate will do.
        let answer =
            caller.json(path, Some(body), PATIENCE).inspect_err(|_| server.refused_count());
        let answer = answer.ok()?;
        if let Some(tokens) = number(&answer) {
            let mut counts = self.lock();
            if counts.len() >= REMEMBERED {
                counts.clear();
            }
            counts.insert(key, tokens);
        }
        Some(answer)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<blake3::Hash, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn number(answer: &Value) -> Option<usize> {
    let tokens = answer["tokens"].as_array().map(Vec::len);
    tokens.or_else(|| answer["count"].as_u64().and_then(|n| usize::try_from(n).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_not_below_what_tokenizers_count() {
        assert!(estimate("fn main() { println!(); }") >= 8);
        assert!(estimate("The quick brown fox jumps.") >= 6);
        assert!(estimate("\u{1f600}\u{1f389}") >= 4);
        assert_eq!(estimate(""), 0);
    }
}
