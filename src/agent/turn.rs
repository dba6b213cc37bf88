//! The form of an agent's turn: a little free text, then one tool call or the
//! result, both enforced while the model writes.

use serde_json::{Value, json};

use crate::engine::Grammar;

use super::ToolSpec;

/// Free text before the action, in characters.
const THOUGHT: usize = 240;

/// What a turn may do.
#[derive(Debug, Clone)]
pub struct TurnForm<'a> {
    /// Tools on offer with the schema of their arguments, already narrowed to
    /// the paths and ids that exist.
    pub tools: &'a [ToolSpec],
    /// Schema of the result; `None` while the agent may not conclude.
    pub result: Option<&'a Value>,
}

/// What an agent did.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Call { tool: String, arguments: Value },
    Result(Value),
}

/// A parsed turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub thought: String,
    pub action: Action,
}

impl TurnForm<'_> {
    /// The grammar of a turn in llguidance's Lark dialect. `<` opens the
    /// action, so the free text does without it.
    pub fn grammar(&self) -> Grammar {
        let mut rules = format!("start: THOUGHT action\nTHOUGHT: /[^<]{{0,{THOUGHT}}}/\n");
        let mut actions = Vec::new();
        for (n, tool) in self.tools.iter().enumerate() {
            actions.push(format!("\"<call>\" call{n} \"</call>\""));
            let schema = json!({
                "x-guidance": { "whitespace_flexible": false },
                "type": "object",
                "additionalProperties": false,
                "required": ["tool", "arguments"],
                "properties": { "tool": { "const": tool.name }, "arguments": tool.parameters },
            });
            rules.push_str(&format!("call{n}: %json {schema}\n"));
        }
        if let Some(schema) = self.result {
            actions.push("\"<result>\" result \"</result>\"".to_owned());
            rules.push_str(&format!("result: %json {}\n", compact(schema)));
        }
        rules.push_str(&format!("action: {}\n", actions.join(" | ")));
        Grammar::Lark(rules)
    }
}

/// The schema with JSON's white space fixed, so that a model cannot fill its
/// turn with blanks.
pub fn compact(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(map) = &mut schema {
        map.insert("x-guidance".into(), json!({ "whitespace_flexible": false }));
    }
    schema
}

/// Reads a turn back. The error says what is wrong with it, for the model.
pub fn parse(reply: &str) -> Result<Turn, String> {
    let body = |open: &str, close: &str| {
        let (thought, rest) = reply.split_once(open)?;
        // A turn cut off by its token limit lacks the closing tag.
        let body = rest.rsplit_once(close).map_or(rest, |(body, _)| body);
        Some((thought.trim().to_owned(), body))
    };
    if let Some((thought, body)) = body("<call>", "</call>") {
        let call: Value = serde_json::from_str(body)
            .map_err(|e| format!("The call is not valid JSON ({e}). Write it again."))?;
        let tool = call["tool"].as_str().ok_or("The call names no tool.")?.to_owned();
        let arguments = call.get("arguments").cloned().unwrap_or_else(|| json!({}));
        return Ok(Turn { thought, action: Action::Call { tool, arguments } });
    }
    if let Some((thought, body)) = body("<result>", "</result>") {
        let result = serde_json::from_str(body)
            .map_err(|e| format!("The result is not valid JSON ({e}). Write it again, shorter."))?;
        return Ok(Turn { thought, action: Action::Result(result) });
    }
    Err("End your turn with one <call>…</call> or with <result>…</result>.".to_owned())
}

/// Checks arguments against a tool's schema: required keys, types, no others.
/// The grammar ensures it for models that decode under one; scripted and
/// remote ones may not.
pub fn check_arguments(spec: &ToolSpec, arguments: &Value) -> Result<(), String> {
    let Some(given) = arguments.as_object() else {
        return Err(format!("The arguments of {} must be an object.", spec.name));
    };
    let properties = spec.parameters["properties"].as_object();
    for key in spec.parameters["required"].as_array().into_iter().flatten() {
        if let Some(key) = key.as_str().filter(|k| !given.contains_key(*k)) {
            return Err(format!("{} needs the argument `{key}`.", spec.name));
        }
    }
    for (key, value) in given {
        let Some(schema) = properties.and_then(|p| p.get(key)) else {
            let known: Vec<&str> =
                properties.into_iter().flatten().map(|(k, _)| k.as_str()).collect();
            return Err(format!(
                "{} takes no argument `{key}`; it takes: {}.",
                spec.name,
                known.join(", ")
            ));
        };
        let fits = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_u64() || value.is_i64(),
            Some("boolean") => value.is_boolean(),
            _ => true,
        };
        if !fits {
            return Err(format!("The argument `{key}` of {} has the wrong type.", spec.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ToolSpec {
        ToolSpec {
            name: "outline".into(),
            description: String::new(),
            parameters: json!({
                "type": "object", "required": ["path"],
                "properties": { "path": { "type": "string" } },
            }),
        }
    }

    #[test]
    fn turns_are_read_back() {
        let turn = parse(
            "Let me look.\n<call>{\"tool\":\"outline\",\"arguments\":{\"path\":\"a\"}}</call>",
        );
        assert_eq!(
            turn.unwrap(),
            Turn {
                thought: "Let me look.".into(),
                action: Action::Call { tool: "outline".into(), arguments: json!({"path": "a"}) },
            }
        );
        assert!(parse("<result>{\"report\": \"cut of").unwrap_err().contains("shorter"));
        assert!(parse("I think it is fine.").unwrap_err().contains("<result>"));
    }

    #[test]
    fn malformed_arguments_are_answered_usefully() {
        assert!(check_arguments(&spec(), &json!({"path": "a"})).is_ok());
        assert!(check_arguments(&spec(), &json!({})).unwrap_err().contains("`path`"));
        assert!(check_arguments(&spec(), &json!({"path": 1})).unwrap_err().contains("type"));
        assert!(
            check_arguments(&spec(), &json!({"path": "a", "x": 1}))
                .unwrap_err()
                .contains("takes: path")
        );
    }
}
