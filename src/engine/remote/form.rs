//! Checks that a reply has the form that was asked for, whatever the server
//! says it enforced, and puts the form into words for one that enforces none.

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::ApproximateTokEnv;
use llguidance::{Matcher, ParserFactory};
use serde_json::{Map, Value, json};

use crate::engine::{EngineError, Grammar};

/// Compiles grammars over single bytes: no model's vocabulary is at hand.
pub struct Checker {
    factory: ParserFactory,
}

impl Checker {
    pub fn new() -> Result<Self, EngineError> {
        let bytes = ApproximateTokEnv::single_byte_env();
        let mut factory = ParserFactory::new_simple(&bytes)
            .map_err(|error| EngineError::Tokenizer(format!("{error:#}")))?;
        factory.quiet();
        factory.limits_mut().verbose_errors = false;
        Ok(Self { factory })
    }

    /// Fails with [`EngineError::Grammar`] if nothing could ever match.
    pub fn compile(&self, grammar: &Grammar) -> Result<(), EngineError> {
        match grammar {
            Grammar::Choice(choices) if choices.is_empty() || choices.contains(&String::new()) => {
                let reason = "a choice needs at least one text, none empty";
                Err(EngineError::Grammar(reason.into()))
            }
            Grammar::Choice(_) => Ok(()),
            Grammar::Lark(lark) => self.matcher(lark_grammar(lark)).map(drop),
            Grammar::Json(schema) => self.matcher(Blanks::None.grammar(schema)).map(drop),
        }
    }

    /// The reply as our grammars write it; the error is a clause that says what
    /// is wrong. A reply that was cut off must be the beginning of a right one.
    pub fn check(&self, grammar: &Grammar, reply: &str, cut: bool) -> Result<String, String> {
        match grammar {
            Grammar::Choice(choices) => {
                let word = reply.trim();
                let fits = |c: &String| if cut { c.starts_with(word) } else { c.trim() == word };
                match choices.iter().find(|c| fits(c)) {
                    Some(_) if cut => Ok(word.to_owned()),
                    Some(choice) => Ok(choice.clone()),
                    None => Err("it is none of the choices".to_owned()),
                }
            }
            // A server that enforces another form of blanks or escapes, or none,
            // still said the same.
            Grammar::Lark(lark) => {
                let run = |text: &str| self.run(lark_grammar(lark), text, cut);
                let Err(reason) = run(reply) else { return Ok(reply.to_owned()) };
                let same = compacted(reply.trim());
                run(&same).map(|()| same).map_err(|_| reason)
            }
            Grammar::Json(schema) if cut => {
                let reply = reply.trim_start();
                self.run(Blanks::Any.grammar(schema), reply, true).map(|()| reply.to_owned())
            }
            Grammar::Json(schema) => {
                let value: Value = serde_json::from_str(unfenced(reply))
                    .map_err(|e| format!("it is not JSON: {e}"))?;
                let same = ordered(value, schema).to_string();
                self.run(Blanks::None.grammar(schema), &same, false).map(|()| same)
            }
        }
    }

    fn run(&self, grammar: TopLevelGrammar, text: &str, cut: bool) -> Result<(), String> {
        let mut matcher = self.matcher(grammar).map_err(|e| e.to_string())?;
        let bytes: Vec<u32> = text.bytes().map(u32::from).collect();
        let taken = matcher.try_consume_tokens(&bytes).map_err(|e| format!("{e:#}"))?;
        if taken < bytes.len() {
            let at = (0..=taken).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
            let rest: String = text[at..].chars().take(40).collect();
            return Err(format!("it goes wrong after {at} bytes, at {rest:?}"));
        }
        if !cut && !matcher.is_accepting().map_err(|e| format!("{e:#}"))? {
            return Err("it ends too early".to_owned());
        }
        Ok(())
    }

    fn matcher(&self, grammar: TopLevelGrammar) -> Result<Matcher, EngineError> {
        let matcher = Matcher::new(self.factory.create_parser(grammar));
        match matcher.get_error() {
            Some(error) => Err(EngineError::Grammar(error)),
            None => Ok(matcher),
        }
    }
}

fn lark_grammar(lark: &str) -> TopLevelGrammar {
    TopLevelGrammar::from_lark(lark.to_owned())
}

/// White space within JSON.
#[derive(Clone, Copy)]
enum Blanks {
    None,
    Any,
}

impl Blanks {
    fn grammar(self, schema: &Value) -> TopLevelGrammar {
        let mut schema = schema.clone();
        if let Value::Object(fields) = &mut schema {
            let form = match self {
                Self::None => json!({
                    "whitespace_flexible": false, "item_separator": ",", "key_separator": ":",
                }),
                Self::Any => json!({ "whitespace_flexible": true }),
            };
            fields.insert("x-guidance".into(), form);
        }
        TopLevelGrammar::from_json_schema(schema)
    }
}

/// A schema as other programs know it, without llguidance's own key.
pub fn plain_schema(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(fields) = &mut schema {
        fields.shift_remove("x-guidance");
    }
    schema
}

/// What to say to a model whose server does not enforce the form.
pub fn words(grammar: &Grammar) -> String {
    match grammar {
        Grammar::Choice(choices) => {
            format!("Answer with one of these and nothing else: {}", choices.join(" | "))
        }
        Grammar::Json(schema) => {
            format!("Answer with JSON of this schema and nothing else: {}", plain_schema(schema))
        }
        Grammar::Lark(lark) => format!(
            "Your answer must have exactly the form of this Lark grammar, JSON on one line \
             without blanks:\n{lark}"
        ),
    }
}

/// JSON without the fence that models like to put around it.
fn unfenced(reply: &str) -> &str {
    let reply = reply.trim();
    let inner = reply.strip_prefix("```").and_then(|r| r.strip_suffix("```"));
    inner.map_or(reply, |r| r.strip_prefix("json").unwrap_or(r))
}

/// The value with its keys in the schema's order, which carries no meaning.
fn ordered(value: Value, schema: &Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            let mut sorted = Map::new();
            for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
                if let Some(value) = fields.shift_remove(key) {
                    sorted.insert(key.clone(), ordered(value, inner));
                }
            }
            sorted.extend(fields);
            Value::Object(sorted)
        }
        Value::Array(items) => {
            items.into_iter().map(|item| ordered(item, &schema["items"])).collect()
        }
        other => other,
    }
}

/// The text with each JSON object in it on one line without blanks.
fn compacted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let mut values = serde_json::Deserializer::from_str(&rest[at..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                out.push_str(&value.to_string());
                rest = &rest[at + values.byte_offset()..];
            }
            _ => {
                out.push('{');
                rest = &rest[at + 1..];
            }
        }
        // Between a tag and its object models leave a blank.
        if out.ends_with('}') {
            let after = rest.trim_start();
            rest = if after.starts_with("</") { after } else { rest };
        }
    }
    out.push_str(rest);
    out.replace("<call> {", "<call>{").replace("<result> {", "<result>{")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Grammar {
        Grammar::Json(json!({
            "x-guidance": { "whitespace_flexible": false },
            "type": "object", "additionalProperties": false, "required": ["word", "list"],
            "properties": {
                "word": { "type": "string", "maxLength": 5 },
                "list": { "type": "array", "maxItems": 2, "items": { "enum": ["a", "b"] } },
            },
        }))
    }

    fn turn() -> Grammar {
        Grammar::Lark(format!(
            "start: THOUGHT \"<result>\" result \"</result>\"\nTHOUGHT: /[^<]{{0,20}}/\n\
             result: %json {}\n",
            json!({
                "x-guidance": { "whitespace_flexible": false },
                "type": "object", "additionalProperties": false, "required": ["n"],
                "properties": { "n": { "type": "integer" } },
            })
        ))
    }

    #[test]
    fn json_may_differ_in_blanks_fences_and_order_but_not_in_substance() {
        let checker = Checker::new().unwrap();
        let check = |reply: &str| checker.check(&schema(), reply, false);
        let right = r#"{"word":"é\"","list":["a"]}"#;
        assert_eq!(check(right).unwrap(), right);
        assert_eq!(
            check("```json\n{ \"list\": [\"a\"],\n \"word\": \"\\u00e9\\\"\" }\n```").unwrap(),
            right
        );
        for wrong in [
            "",
            "sure!",
            r#"{"word":"x"}"#,
            r#"{"word":"toolong","list":[]}"#,
            r#"{"word":"x","list":["c"]}"#,
            r#"{"word":"x","list":["a","a","a"]}"#,
            r#"{"word":"x","list":[],"more":1}"#,
            r#"{"word":"x","list":[]"#,
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_turn_may_have_blanks_within_its_json() {
        let checker = Checker::new().unwrap();
        let right = "ok {} then <result>{\"n\":1}</result>";
        assert_eq!(checker.check(&turn(), right, false).unwrap(), right);
        let loose = " ok {} then <result> { \"n\" : 1 } </result>\n";
        assert_eq!(checker.check(&turn(), loose, false).unwrap(), right);
        for wrong in ["<result>{\"n\":\"1\"}</result>", "ok", "<result>{\"n\":1}", "a <b>"] {
            let reason = checker.check(&turn(), wrong, false).unwrap_err();
            assert!(reason.starts_with("it "), "{reason}");
        }
    }

    #[test]
    fn a_reply_that_was_cut_off_must_begin_rightly() {
        let checker = Checker::new().unwrap();
        assert!(checker.check(&schema(), "{\"word\": \"x", true).is_ok());
        assert!(checker.check(&schema(), "{\"list\"", true).is_err());
        assert!(checker.check(&turn(), "thinking <res", true).is_ok());
        let choice = Grammar::Choice(vec!["valid".into(), "invalid".into()]);
        assert!(checker.check(&choice, "val", true).is_ok());
        assert!(checker.check(&choice, "val", false).is_err());
        assert_eq!(checker.check(&choice, " valid\n", false).unwrap(), "valid");
    }

    #[test]
    fn a_form_that_nothing_has_is_refused() {
        let checker = Checker::new().unwrap();
        assert!(checker.compile(&Grammar::Choice(Vec::new())).is_err());
        assert!(checker.compile(&Grammar::Lark("start: nowhere".into())).is_err());
        assert!(checker.compile(&schema()).is_ok());
    }
}
