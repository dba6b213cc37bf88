//! Rewrites our grammars as GBNF, which llama-server, vLLM and SGLang enforce.
//!
//! GBNF has no JSON schemas and no regular expressions, so both are spelt out,
//! JSON in one form: on one line, without blanks, keys in the schema's order.
//! What is outside the small part of Lark and JSON schema that agents use is
//! [`None`]: such a form is asked for in words and checked afterwards.

use std::fmt::Write as _;

use serde_json::Value;

use crate::engine::Grammar;

/// The grammar in GBNF, if all of it can be said there.
pub fn gbnf(grammar: &Grammar) -> Option<String> {
    let mut rules = Rules::default();
    match grammar {
        Grammar::Lark(text) => rules.lark(text)?,
        Grammar::Choice(choices) => {
            let choices: Vec<String> = choices.iter().map(|c| literal(c)).collect();
            rules.add("root", &choices.join(" | "));
        }
        Grammar::Json(schema) => {
            let body = rules.json(schema)?;
            rules.add("root", &body);
        }
    }
    Some(rules.text)
}

#[derive(Default)]
struct Rules {
    text: String,
    /// Whether the rule of a string's characters is there.
    has_char: bool,
    parts: usize,
}

impl Rules {
    fn add(&mut self, name: &str, body: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{name} ::= {body}");
    }

    fn lark(&mut self, text: &str) -> Option<()> {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (name, body) = line.split_once(':')?;
            let body = self.body(body.trim())?;
            self.add(&rule_name(name.trim())?, &body);
        }
        Some(())
    }

    fn body(&mut self, mut rest: &str) -> Option<String> {
        let mut parts = Vec::new();
        while let Some(first) = rest.chars().next() {
            let part = match first {
                '"' => {
                    let (text, after) = json_prefix::<String>(rest)?;
                    rest = after;
                    literal(&text)
                }
                '/' => {
                    let (pattern, after) = rest[1..].split_once('/')?;
                    rest = after;
                    class(pattern)?
                }
                '%' => {
                    let (schema, after) = json_prefix::<Value>(rest.strip_prefix("%json")?)?;
                    rest = after;
                    self.json(&schema)?
                }
                '|' | '(' | ')' | '?' | '*' | '+' => {
                    rest = &rest[1..];
                    first.to_string()
                }
                _ => {
                    let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
                    let (name, after) = rest.split_at(end);
                    rest = after;
                    rule_name(name)?
                }
            };
            parts.push(part);
            rest = rest.trim_start();
        }
        Some(parts.join(" "))
    }

    /// An expression for the values of a schema.
    fn json(&mut self, schema: &Value) -> Option<String> {
        let fields = schema.as_object()?;
        if let Some(value) = fields.get("const") {
            return Some(literal(&value.to_string()));
        }
        if let Some(values) = fields.get("enum") {
            return Some(self.any(values.as_array()?.iter().map(|v| literal(&v.to_string()))));
        }
        match fields.get("type")?.as_str()? {
            "object" => self.object(schema),
            "array" => self.array(schema),
            "string" => self.string(schema),
            "integer" => Some(r#"("-"? ("0" | [1-9] [0-9]{0,14}))"#.to_owned()),
            "boolean" => Some(r#"("true" | "false")"#.to_owned()),
            "null" => Some(r#""null""#.to_owned()),
            _ => None,
        }
    }

    /// One of several, as a rule of its own: such lists are long.
    fn any(&mut self, alternatives: impl Iterator<Item = String>) -> String {
        let body = alternatives.collect::<Vec<_>>().join(" | ");
        self.part(&body)
    }

    fn part(&mut self, body: &str) -> String {
        self.parts += 1;
        let name = format!("part{}", self.parts);
        self.add(&name, body);
        name
    }

    fn string(&mut self, schema: &Value) -> Option<String> {
        if schema.get("pattern").is_some() {
            return None;
        }
        if !self.has_char {
            self.has_char = true;
            self.add("char", r#"[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})"#);
        }
        let least = count(schema, "minLength")?.unwrap_or(0);
        let times = match count(schema, "maxLength")? {
            Some(most) => format!("{{{least},{most}}}"),
            None => format!("{{{least},}}"),
        };
        Some(format!(r#""\"" char{times} "\"""#))
    }

    fn array(&mut self, schema: &Value) -> Option<String> {
        let item = self.json(schema.get("items")?)?;
        let item = self.part(&item);
        let least = count(schema, "minItems")?.unwrap_or(0);
        let most = count(schema, "maxItems")?;
        if most == Some(0) {
            return Some(r#""[]""#.to_owned());
        }
        let more = match most {
            Some(most) => format!("{{{},{}}}", least.saturating_sub(1), most.checked_sub(1)?),
            None => format!("{{{},}}", least.saturating_sub(1)),
        };
        let filled = format!(r#"{item} ("," {item}){more}"#);
        let inner = if least == 0 { format!("({filled})?") } else { filled };
        Some(format!(r#""[" {inner} "]""#))
    }

    fn object(&mut self, schema: &Value) -> Option<String> {
        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            return None;
        }
        let required: Vec<&str> =
            schema.get("required")?.as_array()?.iter().filter_map(Value::as_str).collect();
        let properties = schema.get("properties")?.as_object()?;
        let mut members = Vec::new();
        for (key, value) in properties {
            let value = self.json(value)?;
            let key_text = literal(&(Value::from(key.as_str()).to_string() + ":"));
            members.push((required.contains(&key.as_str()), format!("{key_text} {value}")));
        }
        Some(format!(r#""{{" {} "}}""#, self.members(&members, false)))
    }

    /// Members in order, those that may be missing in parentheses; `begun` says
    /// whether one stands before and a comma is due.
    fn members(&mut self, members: &[(bool, String)], begun: bool) -> String {
        let Some(((required, member), rest)) = members.split_first() else {
            return String::new();
        };
        let join = |a: String, b: String| if b.is_empty() { a } else { format!("{a} {b}") };
        match (begun, required) {
            (true, true) => join(format!(r#""," {member}"#), self.members(rest, true)),
            (true, false) => join(format!(r#"("," {member})?"#), self.members(rest, true)),
            (false, true) => join(member.clone(), self.members(rest, true)),
            (false, false) => {
                let with = join(member.clone(), self.members(rest, true));
                let without = self.members(rest, false);
                if without.is_empty() {
                    format!("({with})?")
                } else {
                    format!("({with} | {without})")
                }
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A name as GBNF allows it; the first rule's is `root`.
fn rule_name(name: &str) -> Option<String> {
    let plain = !name.is_empty() && name.chars().all(is_name);
    plain.then(|| match name {
        "start" => "root".to_owned(),
        // Apart from the names given here.
        name => format!("{}-rule", name.to_lowercase().replace('_', "-")),
    })
}

/// A whole number of a schema: `Some(None)` if there is none.
fn count(schema: &Value, key: &str) -> Option<Option<u64>> {
    match schema.get(key) {
        None => Some(None),
        Some(value) => value.as_u64().map(Some),
    }
}

/// A JSON value at the start of a text, and what follows.
fn json_prefix<T: serde::de::DeserializeOwned>(text: &str) -> Option<(T, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let value = values.next()?.ok()?;
    let end = values.byte_offset();
    Some((value, &text[end..]))
}

/// A character class with a repetition, all that agents' patterns are.
fn class(pattern: &str) -> Option<String> {
    let inner = pattern.strip_prefix('[')?;
    let (inside, times) = inner.split_once(']')?;
    let plain = !inside.contains(['[', '\\']);
    let counted = |t: &str| {
        let digits = t.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
        digits.is_some_and(|t| t.chars().all(|c| c.is_ascii_digit() || c == ','))
    };
    let known = matches!(times, "" | "*" | "+" | "?") || counted(times);
    (plain && known).then(|| format!("[{inside}]{times}"))
}

/// A text in quotes.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\U{:08X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_choice_and_a_turn_are_spelt_out() {
        let choice = Grammar::Choice(vec!["a \"b\"".into(), "c".into()]);
        assert_eq!(gbnf(&choice).unwrap(), "root ::= \"a \\\"b\\\"\" | \"c\"\n");
        let schema = json!({
            "x-guidance": { "whitespace_flexible": false },
            "type": "object", "additionalProperties": false, "required": ["tool"],
            "properties": { "tool": { "const": "outline" } },
        });
        let lark = format!(
            "start: THOUGHT action\nTHOUGHT: /[^<]{{0,240}}/\ncall0: %json {schema}\n\
             action: \"<call>\" call0 \"</call>\"\n"
        );
        assert_eq!(
            gbnf(&Grammar::Lark(lark)).unwrap(),
            "root ::= thought-rule action-rule\n\
             thought-rule ::= [^<]{0,240}\n\
             call0-rule ::= \"{\" \"\\\"tool\\\":\" \"\\\"outline\\\"\" \"}\"\n\
             action-rule ::= \"<call>\" call0-rule \"</call>\"\n"
        );
    }

    #[test]
    fn arrays_and_optional_members_have_their_commas() {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["b"],
            "properties": {
                "a": { "type": "boolean" },
                "b": { "type": "array", "items": { "type": "string", "maxLength": 9 }, "maxItems": 3 },
                "c": { "type": "integer" },
            },
        });
        let text = gbnf(&Grammar::Json(schema)).unwrap();
        assert!(text.contains(r#"part1 ::= "\"" char{0,9} "\"""#), "{text}");
        assert!(text.contains(r#""[" (part1 ("," part1){0,2})? "]""#), "{text}");
        assert!(text.contains(r#"("\"a\":" ("true" | "false") "," "\"b\":""#), "{text}");
        assert!(text.contains(r#"("," "\"c\":""#), "{text}");
    }

    #[test]
    fn what_cannot_be_said_is_none() {
        for grammar in [
            Grammar::Lark("start: /a|b/".into()),
            Grammar::Lark("start: %regex x".into()),
            Grammar::Lark("%import common.WORD".into()),
            Grammar::Json(json!({ "type": "string", "pattern": "a+" })),
            Grammar::Json(json!({ "type": "object", "properties": {}, "required": [] })),
            Grammar::Json(json!({ "anyOf": [] })),
        ] {
            assert_eq!(gbnf(&grammar), None, "{grammar:?}");
        }
    }
}
