//! Tolerant reading of exported JSON: every field may be missing, null, or of
//! another type than documented.

use std::borrow::Cow;

use serde_json::{Map, Value};

pub(super) type Object = Map<String, Value>;

/// The first of several keys that holds something.
pub(super) fn field<'a>(object: &'a Object, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| object.get(*key).filter(|v| !v.is_null()))
}

/// A string, number or truth value as text; empty text counts as nothing.
pub(super) fn text(object: &Object, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| scalar(object.get(*key)?).filter(|s| !s.trim().is_empty()))
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

pub(super) fn object<'a>(object: &'a Object, keys: &[&str]) -> Option<&'a Object> {
    keys.iter().find_map(|key| object.get(*key)?.as_object())
}

/// A whole number, also when it is written as a string (counts are).
pub(super) fn number(object: &Object, keys: &[&str]) -> Option<u64> {
    match field(object, keys)? {
        Value::Number(n) => n.as_u64().or_else(|| n.as_f64().map(|f| f.max(0.0) as u64)),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

/// Seconds since the epoch, from RFC 3339 (without zone: UTC) or a number.
pub(super) fn time(object: &Object, keys: &[&str]) -> Option<i64> {
    keys.iter().find_map(|key| parse_time(object.get(*key)?))
}

pub(super) fn parse_time(value: &Value) -> Option<i64> {
    let seconds = |f: f64| (f.is_finite() && f.abs() < 1e11).then_some(f.floor() as i64);
    match value {
        Value::Number(n) => seconds(n.as_f64()?),
        Value::String(s) => {
            let s = s.trim();
            if let Ok(time) = s.parse::<jiff::Timestamp>() {
                return Some(time.as_second());
            }
            if let Ok(time) = s.parse::<jiff::civil::DateTime>() {
                return Some(jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?.as_second());
            }
            seconds(s.parse().ok()?)
        }
        _ => None,
    }
}

/// The items of `[...]`, `{"values": [...]}` or a single object; null items go.
pub(super) fn items(value: &Value) -> Vec<&Object> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_object).collect(),
        Value::Object(object) => match object.get("values") {
            Some(values) => items(values),
            None if object.is_empty() => Vec::new(),
            None => vec![object],
        },
        _ => Vec::new(),
    }
}

/// Pairs of `{k: v}`, `[[k, v]]` or `[{"key": k, "value": v}]`.
pub(super) fn pairs(value: &Value) -> Vec<(String, String)> {
    let show = |v: &Value| scalar(v).unwrap_or_default();
    match value {
        Value::Object(object) => object.iter().map(|(k, v)| (k.clone(), show(v))).collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(|item| match item {
                Value::Array(pair) => Some((scalar(pair.first()?)?, show(pair.get(1)?))),
                Value::Object(o) => Some((text(o, &["key", "name"])?, show(o.get("value")?))),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Parses one record. What other writers get wrong is mended: bytes that are
/// not UTF-8, half surrogate pairs (Sentry cuts long strings inside one), and
/// Python's `NaN` and `Infinity`. The flag says that bytes were replaced.
pub(super) fn parse(bytes: &[u8]) -> Result<(Value, bool), serde_json::Error> {
    let error = match serde_json::from_slice(bytes) {
        Ok(value) => return Ok((value, false)),
        Err(error) => error,
    };
    let text = String::from_utf8_lossy(bytes);
    let replaced = matches!(text, Cow::Owned(_));
    serde_json::from_str(&mend(&text)).map(|v| (v, replaced)).map_err(|_| error)
}

fn mend(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_string = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '"' => {
                in_string = !in_string;
                out.push(c);
            }
            '\\' if in_string => match surrogate(rest) {
                Some(high) if (0xd800..0xdc00).contains(&high) => {
                    let low = rest.get(6..).and_then(surrogate);
                    if low.is_some_and(|low| (0xdc00..0xe000).contains(&low)) {
                        taken = 12;
                        out.push_str(&rest[..12]);
                    } else {
                        taken = 6;
                        out.push_str("\\ufffd");
                    }
                }
                Some(_) => {
                    taken = 6;
                    out.push_str("\\ufffd");
                }
                None => {
                    taken += rest[1..].chars().next().map_or(0, char::len_utf8);
                    out.push_str(&rest[..taken]);
                }
            },
            // Raw control characters are not allowed inside strings.
            c if in_string && c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            'N' | 'I' | '-' if !in_string => {
                match ["NaN", "Infinity", "-Infinity"].iter().find(|w| rest.starts_with(**w)) {
                    Some(word) => {
                        taken = word.len();
                        out.push_str("null");
                    }
                    None => out.push(c),
                }
            }
            c => out.push(c),
        }
        rest = &rest[taken..];
    }
    out
}

/// The value of a `\uXXXX` escape at the start of a text if it is a surrogate.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    (0xd800..0xe000).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_of_every_form() {
        let second = Some(1_588_438_460);
        for value in [
            json!("2020-05-02T16:54:20.488000Z"),
            json!("2020-05-02T16:54:20+00:00"),
            json!("2020-05-02T18:54:20+02:00"),
            json!("2020-05-02T16:54:20"),
            json!(1_588_438_460.488),
            json!("1588438460.488"),
        ] {
            assert_eq!(parse_time(&value), second, "{value}");
        }
        for value in [json!(null), json!("yesterday"), json!(1e300), json!([])] {
            assert_eq!(parse_time(&value), None, "{value}");
        }
    }

    #[test]
    fn mends_what_others_write() {
        let (value, replaced) =
            parse(br#"{"a":"x\ud83d","b":NaN,"c":"\ud83d\ude00 NaN"}"#).unwrap();
        assert_eq!(value, json!({"a": "x\u{fffd}", "b": null, "c": "😀 NaN"}));
        assert!(!replaced);
        let (value, replaced) = parse(b"{\"a\":\"caf\xe9 \\\"\"}").unwrap();
        assert_eq!(value, json!({"a": "caf\u{fffd} \""}));
        assert!(replaced);
        assert!(parse(b"{\"a\":}").is_err());
    }

    #[test]
    fn lists_come_in_three_forms() {
        let one = json!({"type": "E"});
        for value in [json!([one, null]), json!({"values": [null, one]}), one.clone()] {
            assert_eq!(items(&value).len(), 1, "{value}");
        }
        for value in
            [json!({"k": "v"}), json!([["k", "v"]]), json!([null, {"key":"k","value":"v"}])]
        {
            assert_eq!(pairs(&value), [("k".to_owned(), "v".to_owned())], "{value}");
        }
    }
}
