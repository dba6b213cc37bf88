//! The review as JSON, for programs; `docs/schema/review.json` describes it.

use std::io;

use super::Report;
use super::plain::is_hostile;
use crate::review::Review;

/// One JSON object and a line end.
#[derive(Debug, Clone, Copy)]
pub struct Json;

impl Report for Json {
    fn write(
        &self,
        review: &Review,
        _source: &dyn Fn(&str) -> Option<String>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let text = serde_json::to_string_pretty(review).map_err(io::Error::other)?;
        writeln!(out, "{}", ascii_controls(&text))
    }
}

/// Writes characters that JSON allows but a terminal obeys as `\u` escapes;
/// they can occur within strings only, so the value stays the same.
pub fn ascii_controls(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_hostile(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The JSON schema of the report.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Review);
    schema.insert("title".to_owned(), "forewarn review".into());
    schema.to_value()
}
