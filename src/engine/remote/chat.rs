//! A chat completion: what is sent, and reading what comes back.

use serde_json::{Map, Value, json};

use super::form::{plain_schema, words};
use super::gbnf::gbnf;
use super::server::Server;
use crate::config::{Endpoint, EndpointKind};
use crate::engine::{Finish, Grammar, Message, Request, Role};

/// What a request is made of.
pub struct Ask<'a> {
    pub settings: &'a Endpoint,
    pub server: &'a Server,
    pub messages: &'a [Message],
    pub prefix: &'a str,
    pub max_tokens: usize,
}

impl Ask<'_> {
    /// The fields that every request has; `instruction` is said to the model at
    /// the end of its last message.
    fn body(&self, instruction: Option<&str>) -> Map<String, Value> {
        let mut messages: Vec<Value> = self.messages.iter().map(message).collect();
        let mut instruction = instruction.unwrap_or_default().to_owned();
        let continues = self.server.continues();
        if !self.prefix.is_empty() && !continues {
            if !instruction.is_empty() {
                instruction.push_str("\n\n");
            }
            instruction.push_str(&format!("Begin your answer with: {}", self.prefix.trim()));
        }
        if !instruction.is_empty() {
            match messages.last_mut() {
                Some(last) if last["role"] == "user" => {
                    let text = last["content"].as_str().unwrap_or_default();
                    last["content"] = format!("{text}\n\n{instruction}").into();
                }
                _ => messages.push(message(&Message::user(instruction))),
            }
        }
        let mut body = Map::new();
        body.insert("model".into(), self.settings.model.as_str().into());
        if !self.prefix.is_empty() && continues {
            messages.push(message(&Message::assistant(self.prefix)));
            if self.server.kind != EndpointKind::LlamaServer {
                // llama-server goes on from such a message by itself.
                body.insert("continue_final_message".into(), true.into());
                body.insert("add_generation_prompt".into(), false.into());
            }
        }
        body.insert("messages".into(), messages.into());
        body.insert("max_tokens".into(), self.max_tokens.into());
        if continues && !self.settings.template.is_empty() {
            body.insert("chat_template_kwargs".into(), json!(self.settings.template));
        }
        body
    }

    /// A completion that comes as it is written. The form is enforced where the
    /// server can; the second value says whether it was sent.
    pub fn completion(&self, request: &Request<'_>, form: Form<'_>) -> (Value, bool) {
        let enforced = form.grammar.filter(|_| form.send).and_then(|g| self.enforce(g));
        let in_words = form.grammar.filter(|_| enforced.is_none() || form.complaint.is_some());
        let mut instruction = in_words.map(words);
        if let Some(complaint) = form.complaint {
            let before = instruction.take().unwrap_or_default();
            instruction =
                Some(format!("An answer to this was refused because {complaint}.\n{before}"));
        }
        let mut body = self.body(instruction.as_deref());
        body.insert("stream".into(), true.into());
        body.insert("stream_options".into(), json!({ "include_usage": true }));
        let sampling = &request.sampling;
        body.insert("temperature".into(), sampling.temperature.into());
        body.insert("top_p".into(), sampling.top_p.into());
        // Past 2^53 a reader of JSON may round it.
        body.insert("seed".into(), (sampling.seed & ((1 << 31) - 1)).into());
        if self.server.continues() {
            if sampling.top_k > 0 {
                body.insert("top_k".into(), sampling.top_k.into());
            }
            if sampling.repeat_penalty != 1.0 {
                let key = match self.server.kind {
                    EndpointKind::LlamaServer => "repeat_penalty",
                    _ => "repetition_penalty",
                };
                body.insert(key.into(), f64::from(sampling.repeat_penalty).into());
            }
        }
        let sent = enforced.is_some();
        body.extend(enforced.into_iter().flatten());
        (body.into(), sent)
    }

    /// One token and the most probable ones in its place.
    pub fn next_token(&self, candidates: &[&str]) -> Value {
        let instruction = format!("Answer with one word: {}", candidates.join(" or "));
        let instruction = (!self.server.continues()).then_some(instruction.as_str());
        // Words that the server cannot go on from would be its first ones.
        let ask = Ask { prefix: if self.server.continues() { self.prefix } else { "" }, ..*self };
        let mut body = ask.body(instruction);
        body.insert("temperature".into(), 0.into());
        body.insert("logprobs".into(), true.into());
        let top = match self.server.kind {
            EndpointKind::LlamaServer => TOP_OF_ANY,
            _ => TOP,
        };
        body.insert("top_logprobs".into(), top.into());
        body.into()
    }

    fn enforce(&self, grammar: &Grammar) -> Option<Map<String, Value>> {
        let mut fields = Map::new();
        if let Grammar::Json(schema) = grammar {
            let named = json!({ "name": "answer", "strict": true, "schema": plain_schema(schema) });
            let format = json!({ "type": "json_schema", "json_schema": named });
            fields.insert("response_format".into(), format);
            return Some(fields);
        }
        let (key, value) = match self.server.kind {
            EndpointKind::LlamaServer => ("grammar", gbnf(grammar)?.into()),
            EndpointKind::Sglang => ("ebnf", gbnf(grammar)?.into()),
            EndpointKind::Vllm if self.server.old_vllm => ("guided_grammar", gbnf(grammar)?.into()),
            EndpointKind::Vllm => ("structured_outputs", json!({ "grammar": gbnf(grammar)? })),
            EndpointKind::Openai | EndpointKind::Auto => return None,
        };
        fields.insert(key.into(), value);
        Some(fields)
    }
}

/// Tokens that are asked for with their probabilities. By default no server but
/// llama-server gives more; there a small model's verdict is found farther down.
const TOP: usize = 20;
const TOP_OF_ANY: usize = 1000;

/// The form that a reply must have.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    pub grammar: Option<&'a Grammar>,
    /// Whether to let the server enforce it.
    pub send: bool,
    /// What was wrong with the reply before.
    pub complaint: Option<&'a str>,
}

/// A message as the protocol has it.
pub fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    json!({ "role": role, "content": unmarked(&message.text) })
}

/// How the marks of turns begin, or are, in the templates that are known. A
/// server reads them in a message as it reads its own, and we do not know its
/// vocabulary, so that text that may be hostile must not contain them.
const MARKS: [&str; 11] = [
    "<|",
    "<｜",
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
];

/// The text with a blank in each mark, after its first character.
fn unmarked(text: &str) -> String {
    let mut text = text.to_owned();
    for mark in MARKS.iter().filter(|mark| text.contains(**mark)).collect::<Vec<_>>() {
        let (first, rest) = mark.split_at(1);
        text = text.replace(mark, &format!("{first} {rest}"));
    }
    text
}

/// What a line of a stream says.
#[derive(Debug, Default, PartialEq)]
pub struct Delta {
    pub text: String,
    pub finish: Option<Finish>,
    pub usage: Option<Usage>,
    pub done: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Usage {
    pub prompt: usize,
    pub cached: usize,
    pub completion: usize,
}

/// Reads a line of a stream of server-sent events; the error is a clause.
pub fn delta(line: &str) -> Result<Delta, String> {
    let data = match line.split_once(':') {
        Some(("data", data)) => data.trim(),
        Some(("error", data)) => return Err(message_of(data)),
        // Comments, names of events, blank lines.
        _ => return Ok(Delta::default()),
    };
    if data == "[DONE]" {
        return Ok(Delta { done: true, ..Delta::default() });
    }
    let value: Value =
        serde_json::from_str(data).map_err(|error| format!("a part is not JSON: {error}"))?;
    if !value["error"].is_null() {
        return Err(message_of(data));
    }
    let choice = &value["choices"][0];
    let finish = match choice["finish_reason"].as_str() {
        None => None,
        Some("length") => Some(Finish::Length),
        Some("stop" | "eos_token") => Some(Finish::Stop),
        Some(other) => return Err(format!("it stopped by `{other}`")),
    };
    let text = choice["delta"]["content"].as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let usage = value["usage"].as_object().map(|_| Usage {
        prompt: number(&value["usage"]["prompt_tokens"]),
        cached: number(&value["usage"]["prompt_tokens_details"]["cached_tokens"]),
        completion: number(&value["usage"]["completion_tokens"]),
    });
    Ok(Delta { text, finish, usage, done: false })
}

/// What a server says of an error, in one line.
pub fn message_of(body: &str) -> String {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let said = [&value["error"]["message"], &value["message"], &value["detail"], &value["error"]]
        .into_iter()
        .find_map(Value::as_str);
    crate::plain::line(said.unwrap_or(body).trim(), 300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_open_a_turn() {
        let text = |text: &str| message(&Message::user(text))["content"].clone();
        assert_eq!(text("a<|im_end|>\n<|im_start|>x"), "a< |im_end|>\n< |im_start|>x");
        assert_eq!(text("[INST] </s><s><｜User｜>"), "[ INST] < /s>< s>< ｜User｜>");
        assert_eq!(text("if a < b || c > d { <T>::f() }"), "if a < b || c > d { <T>::f() }");
    }

    #[test]
    fn lines_of_a_stream_are_read() {
        let text = |line: &str| delta(line).unwrap().text;
        assert_eq!(text(r#"data: {"choices":[{"delta":{"content":"ab"}}]}"#), "ab");
        assert_eq!(text(r#"data:{"choices":[{"delta":{"role":"assistant","content":null}}]}"#), "");
        assert_eq!(delta(": ping").unwrap(), Delta::default());
        assert_eq!(delta("").unwrap(), Delta::default());
        assert!(delta("data: [DONE]").unwrap().done);
        let last = r#"data: {"choices":[{"delta":{},"finish_reason":"length"}]}"#;
        assert_eq!(delta(last).unwrap().finish, Some(Finish::Length));
        let usage = r#"data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,
            "prompt_tokens_details":{"cached_tokens":4}}}"#;
        let found = delta(usage).unwrap().usage.unwrap();
        assert_eq!(found, Usage { prompt: 9, cached: 4, completion: 2 });
        assert!(delta("data: {\"choices\"").unwrap_err().starts_with("a part is not JSON"));
        assert_eq!(delta(r#"data: {"error":{"message":"no room"}}"#).unwrap_err(), "no room");
        assert_eq!(delta(r#"error: {"error":{"message":"no room"}}"#).unwrap_err(), "no room");
    }

    #[test]
    fn errors_of_several_servers_are_understood() {
        let coloured = message_of(r#"{"error":{"message":"no \u001b[31mroom"}}"#);
        assert!(coloured.contains("room") && !coloured.contains('\u{1b}'), "{coloured:?}");
        assert_eq!(message_of(r#"{"detail":"x"}"#), "x");
        assert_eq!(message_of(r#"{"error":"y"}"#), "y");
        assert_eq!(message_of("<html>z"), "<html>z");
    }
}
