//! A recorded review: stages one after another, the agents of a stage beside
//! each other, each with its requests in order. Texts that recur stand once.

use std::path::Path;

use anyhow::Context as _;
use forewarn::engine::{Grammar, Message, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Recording {
    /// What was reviewed and by which model.
    pub about: String,
    pub texts: Vec<String>,
    pub stages: Vec<Vec<Agent>>,
}

/// Requests that follow each other.
pub type Agent = Vec<Recorded>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// Role and number of the text.
    pub messages: Vec<(Role, usize)>,
    pub prefix: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Complete { grammar: Option<Form>, output: String, tokens: usize },
    Score { candidates: Vec<String> },
}

/// [`Grammar`], as a file can hold it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Lark(String),
    Json(Value),
    Choice(Vec<String>),
}

impl From<&Grammar> for Form {
    fn from(grammar: &Grammar) -> Self {
        match grammar {
            Grammar::Lark(text) => Self::Lark(text.clone()),
            Grammar::Json(schema) => Self::Json(schema.clone()),
            Grammar::Choice(choices) => Self::Choice(choices.clone()),
        }
    }
}

impl From<&Form> for Grammar {
    fn from(form: &Form) -> Self {
        match form {
            Form::Lark(text) => Self::Lark(text.clone()),
            Form::Json(schema) => Self::Json(schema.clone()),
            Form::Choice(choices) => Self::Choice(choices.clone()),
        }
    }
}

impl Recording {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("could not read {}", path.display()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The number of a text, which is added if it is new.
    pub fn text(&mut self, text: &str) -> usize {
        self.texts.iter().position(|t| t == text).unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        })
    }

    pub fn messages(&self, recorded: &Recorded) -> Vec<Message> {
        let message = |&(role, text): &(Role, usize)| Message::new(role, &*self.texts[text]);
        recorded.messages.iter().map(message).collect()
    }
}
