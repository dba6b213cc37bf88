//! Tolerant reading of exported JSON: every field may be missing, null, or of
//! another type than documented.

use std::borrow::Cow;
use std::cell::Cell;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

pub(super) type Object = Map<String, Value>;

/// The first of several keys that holds something.
pub(super) fn field<'a>(object: &'a Object, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| object.get(*key).filter(|v| !v.is_null()))
}

/// [`field`], to take something out of it.
pub(super) fn field_mut<'a>(object: &'a mut Object, keys: &[&str]) -> Option<&'a mut Value> {
    let key = keys.iter().find(|key| object.get(**key).is_some_and(|v| !v.is_null()))?;
    object.get_mut(*key)
}

/// A string, number or truth value as text; empty text counts as nothing.
pub(super) fn text(object: &Object, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| scalar(object.get(*key)?).filter(|s| !s.trim().is_empty()))
}

/// [`text`], moved out of the object.
pub(super) fn take_text(object: &mut Object, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| take_scalar(object.get_mut(*key)?).filter(|s| !s.trim().is_empty()))
}

/// [`scalar`], moved out of the value.
pub(super) fn take_scalar(value: &mut Value) -> Option<String> {
    match value {
        Value::String(s) => Some(std::mem::take(s)),
        other => scalar(other),
    }
}

/// [`text`], borrowed where it is a string.
pub(super) fn borrow_text<'a>(object: &'a Object, keys: &[&str]) -> Option<Cow<'a, str>> {
    let borrow = |value: &'a Value| match value {
        Value::String(s) => Some(Cow::Borrowed(s.as_str())),
        other => scalar(other).map(Cow::Owned),
    };
    keys.iter().find_map(|key| borrow(object.get(*key)?).filter(|s| !s.trim().is_empty()))
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

/// [`items`], to take something out of them.
pub(super) fn items_mut(value: &mut Value) -> Vec<&mut Object> {
    match value {
        Value::Array(list) => list.iter_mut().filter_map(Value::as_object_mut).collect(),
        Value::Object(object) => {
            if object.contains_key("values") {
                return object.get_mut("values").map(items_mut).unwrap_or_default();
            }
            if object.is_empty() { Vec::new() } else { vec![object] }
        }
        _ => Vec::new(),
    }
}

/// Takes the pairs out of `{k: v}`, `[[k, v]]` or `[{"key": k, "value": v}]`.
pub(super) fn take_pairs(value: &mut Value) -> Vec<(String, String)> {
    let show = |v: &mut Value| take_scalar(v).unwrap_or_default();
    match value {
        Value::Object(object) => {
            std::mem::take(object).into_iter().map(|(k, mut v)| (k, show(&mut v))).collect()
        }
        Value::Array(list) => list
            .iter_mut()
            .filter_map(|item| match item {
                Value::Array(pair) => {
                    let [key, value, ..] = pair.as_mut_slice() else { return None };
                    Some((take_scalar(key)?, show(value)))
                }
                Value::Object(o) => {
                    Some((take_text(o, &["key", "name"])?, show(o.get_mut("value")?)))
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Parses one record. What other writers get wrong is mended: bytes that are
/// not UTF-8, half surrogate pairs (Sentry cuts long strings inside one), and
/// Python's `NaN` and `Infinity`. The flag says that bytes were replaced. What nothing
/// reads is passed over, which halves the cost of an event.
pub(super) fn parse(bytes: &[u8]) -> Result<(Value, bool), serde_json::Error> {
    // Checked once, the text need not be checked string by string.
    let error = match std::str::from_utf8(bytes).map(read) {
        Ok(Ok(value)) => return Ok((value, false)),
        Ok(Err(error)) => Some(error),
        Err(_) => None,
    };
    let text = String::from_utf8_lossy(bytes);
    let replaced = matches!(text, Cow::Owned(_));
    read(&mend(&text)).map(|v| (v, replaced)).map_err(|mended| error.unwrap_or(mended))
}

/// Most values of one record; the largest event of the samples has 3,400.
const VALUES: usize = 300_000;

fn read(text: &str) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let left = Cell::new(VALUES);
    let value = Reading { structure: true, deep: false, left: &left }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Whether no form's module reads what a key of a record's structure holds.
fn is_unread(key: &str) -> bool {
    matches!(
        key,
        "contexts" | "debugmeta" | "debug_meta" | "groupingConfig" | "_meta" | "modules"
            | "packages" | "rawStacktrace" | "raw_stacktrace" | "sdkUpdates" | "stats"
            // of frames
            | "instructionAddr" | "instruction_addr" | "symbolAddr" | "symbol_addr" | "trust"
            | "lock" | "sourceLink" | "registers" | "minGroupingLevel"
    )
}

/// Whether what a key holds is the program's own data, where any name may stand.
fn is_data(key: &str) -> bool {
    matches!(key, "vars" | "extra" | "tags" | "query" | "headers")
}

/// Whether null says nothing more than a missing key in what a key holds.
fn is_deep(key: &str) -> bool {
    matches!(key, "entries" | "exception" | "stacktrace" | "threads" | "breadcrumbs")
}

/// Reads a value; `structure` is whether its keys are Sentry's, `deep` whether null
/// says nothing in it.
#[derive(Clone, Copy)]
struct Reading<'a> {
    structure: bool,
    deep: bool,
    /// Values that the record may still hold.
    left: &'a Cell<usize>,
}

impl Reading<'_> {
    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.ok_or_else(|| E::custom(format!("more than {VALUES} values")))?);
        Ok(())
    }
}

/// Reads a key, unless what it holds is passed over.
struct KeyOf<'a>(Reading<'a>);

impl<'de> DeserializeSeed<'de> for KeyOf<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeyOf<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok((!self.0.structure || !is_unread(key)).then(|| key.to_owned()))
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            self.count()?;
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Object::new();
        while let Some(key) = map.next_key_seed(KeyOf(self))? {
            let Some(key) = key else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.count()?;
            let structure = self.structure && !is_data(&key);
            let deep = self.deep || is_deep(&key);
            let value = map.next_value_seed(Self { structure, deep, ..self })?;
            if !(self.structure && self.deep && value.is_null()) {
                object.insert(key, value);
            }
        }
        Ok(Value::Object(object))
    }
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
    fn a_record_of_countless_values_is_refused() {
        let record = |n: usize| format!("{{\"x\":[{}1]}}", "{},".repeat(n));
        assert!(parse(record(VALUES - 2).as_bytes()).is_ok());
        let error = parse(record(VALUES).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("more than 300000 values"), "{error}");
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
    fn what_nothing_reads_is_passed_over() {
        let text = r#"{"modules":{"a":"1"},"vars":{"modules":[1,-2,2.5,true,null]},"x":"y"}"#;
        let (value, _) = parse(text.as_bytes()).unwrap();
        assert_eq!(value, json!({"vars": {"modules": [1, -2, 2.5, true, null]}, "x": "y"}));
        let text = r#"{"a":null,"entries":[{"b":null,"vars":{"c":null},"d":[null]}]}"#;
        let (value, _) = parse(text.as_bytes()).unwrap();
        assert_eq!(value, json!({"a": null, "entries": [{"vars": {"c": null}, "d": [null]}]}));
        assert!(parse(b"{\"modules\":{\"a\":}}").is_err());
        assert!(parse(b"{} x").is_err());
    }

    #[test]
    fn lists_come_in_three_forms() {
        let one = json!({"type": "E"});
        for value in [json!([one, null]), json!({"values": [null, one]}), one.clone()] {
            assert_eq!(items(&value).len(), 1, "{value}");
            assert_eq!(items_mut(&mut value.clone()).len(), 1, "{value}");
        }
        for value in
            [json!({"k": "v"}), json!([["k", "v"]]), json!([null, {"key":"k","value":"v"}])]
        {
            assert_eq!(
                take_pairs(&mut value.clone()),
                [("k".to_owned(), "v".to_owned())],
                "{value}"
            );
        }
    }
}
