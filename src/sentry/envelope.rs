//! Reads envelopes, the form in which SDKs send and store events: a line of
//! header, then for each item a line of header and a payload, which is as long as
//! its header says or else runs to the end of its line.

use std::io::{self, BufRead};

use serde_json::Value;

use super::json::Object;
use super::line::Lines;
use super::split::Piece;

/// Longest header, in bytes; it holds a trace context at most.
const HEADER: usize = 64 << 10;

/// Keys by which a line is known to be a record of its own, not a header.
const RECORD: [&str; 9] =
    ["exception", "entries", "logentry", "message", "title", "shortId", "level", "eventID", "data"];

/// Whether a stream that begins so is an envelope: two headers lead it, or one
/// alone that nothing follows.
pub(super) fn begins(head: &[u8]) -> bool {
    let mut lines = head.splitn(3, |b| *b == b'\n');
    let mut header = || serde_json::from_slice::<Object>(lines.next()?).ok();
    let (Some(first), second) = (header(), header()) else { return false };
    let sent = ["event_id", "dsn", "sent_at", "sdk", "trace"];
    let leads = !first.contains_key("type")
        && !RECORD.iter().any(|k| first.contains_key(*k))
        && (first.is_empty() || sent.iter().any(|k| first.contains_key(*k)));
    leads && second.is_some_and(|item| is_item(&item))
}

/// Most bytes that [`begins`] looks at.
pub(super) const HEAD: usize = 2 * HEADER;

fn is_item(header: &Object) -> bool {
    header.get("type").is_some_and(Value::is_string)
        && !RECORD.iter().any(|k| header.contains_key(*k))
        && !header.contains_key("event_id")
}

pub(super) struct Envelope<R> {
    lines: Lines<R>,
    limit: usize,
    ended: bool,
    cut: bool,
}

impl<R: BufRead> Envelope<R> {
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Self { lines: Lines::new(reader), limit, ended: false, cut: false }
    }

    /// The next event, or what an item is instead; `None` at the end. Headers are
    /// dropped: that of the envelope may hold a DSN.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        while !self.ended {
            let at = self.lines.at();
            let Some(line) = self.lines.next(HEADER)? else { break };
            if line.too_long {
                let reason = "a header of this envelope is too long";
                return Ok(Some(Piece::Bad { at, reason }));
            }
            if line.bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let Ok(header) = serde_json::from_slice::<Object>(&line.bytes) else {
                (self.ended, self.cut) = (!line.ended, !line.ended);
                let reason = "this is no header of an envelope's item";
                return Ok(Some(Piece::Bad { at, reason }));
            };
            // The envelope's own header; a file may hold several envelopes.
            let Some(kind) = header.get("type").and_then(Value::as_str) else { continue };
            let at = self.lines.at();
            let length = header.get("length").and_then(Value::as_u64);
            let bytes = self.payload(length, kind == "event")?;
            if self.cut {
                self.ended = true;
                return Ok(Some(Piece::Bad { at, reason: "the file ends inside this item" }));
            }
            return Ok(Some(match (kind, bytes) {
                ("event", Some(bytes)) => Piece::Record { bytes, at },
                ("event", None) => {
                    Piece::Bad { at, reason: "this record is larger than the limit" }
                }
                (kind, _) => Piece::Left(item(kind)),
            }));
        }
        Ok(None)
    }

    /// Whether the stream ended inside an item.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Takes a payload of that length, or else a line; `None` if it is not wanted or
    /// larger than the limit.
    fn payload(&mut self, length: Option<u64>, wanted: bool) -> io::Result<Option<Vec<u8>>> {
        let Some(length) = length else {
            let line = self.lines.next(if wanted { self.limit } else { 0 })?;
            let Some(line) = line else { return Ok(Some(Vec::new())) };
            return Ok((!line.too_long).then_some(line.bytes));
        };
        let fits = usize::try_from(length).is_ok_and(|length| length <= self.limit);
        let bytes = self.lines.block(length, wanted && fits)?;
        self.cut = bytes.is_none();
        Ok(bytes.filter(|_| wanted && fits))
    }
}

/// What an item is called in the report.
fn item(kind: &str) -> &'static str {
    match kind {
        "transaction" => "a transaction",
        "attachment" => "an attachment",
        "session" | "sessions" => "a session",
        "user_report" | "feedback" => "a user's report",
        "profile" | "profile_chunk" => "a profile",
        "replay_event" | "replay_recording" | "replay_video" => "a replay",
        "log" => "a log",
        _ => "an item that is no event",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &[u8], limit: usize) -> Vec<String> {
        let mut envelope = Envelope::new(text, limit);
        let mut out = Vec::new();
        while let Some(piece) = envelope.next().unwrap() {
            out.push(match piece {
                Piece::Record { bytes, .. } => String::from_utf8(bytes).unwrap(),
                Piece::Bad { at, reason } => format!("!{}: {reason}", at.line),
                Piece::Left(what) => format!("-{what}"),
                other => panic!("{other:?}"),
            });
        }
        out
    }

    #[test]
    fn items_are_as_long_as_they_say() {
        let text = b"{\"event_id\":\"e\",\"dsn\":\"https://k@h/1\"}\n\
            {\"type\":\"attachment\",\"length\":12}\n{\"a\"\n\xff\x00\n{b}}\n\
            {\"type\":\"event\",\"length\":11}\n{\"e\":\n  \"1\"}\n\
            {\"type\":\"event\"}\n{\"e\":2}\n{\"type\":\"new\"}\nanything\n\
            {}\n{\"type\":\"event\",\"length\":0}\n\n{\"type\":\"event\"}\n{\"e\":3}";
        assert_eq!(
            pieces(text, 100),
            ["-an attachment", "{\"e\":\n  \"1\"", "!8: this is no header of an envelope's item"]
                .into_iter()
                .chain(["{\"e\":2}", "-an item that is no event", "", "{\"e\":3}"])
                .collect::<Vec<_>>()
        );
        assert_eq!(
            pieces(b"{}\n{\"type\":\"event\"}\n{\"long\":1}\n{\"type\":\"event\",\"length\":10}\n{\"long\":2", 5),
            ["!3: this record is larger than the limit", "!5: the file ends inside this item"]
        );
        assert!(pieces(b"{}", 100).is_empty());
    }

    #[test]
    fn envelopes_are_told_from_lines_of_json() {
        for text in [
            "{}\n{\"type\":\"session\"}\n{}",
            "{\"event_id\":\"e\"}\n{\"type\":\"event\",\"length\":2}\n{}",
            "{\"dsn\":\"d\",\"sdk\":{}}\n{\"length\":1,\"type\":\"attachment\"}\nx",
        ] {
            assert!(begins(text.as_bytes()), "{text}");
        }
        for text in [
            "{}",
            "{\"event_id\":\"e\",\"exception\":{}}\n{\"type\":\"event\"}",
            "{\"event_id\":\"e\"}\n{\"event_id\":\"f\",\"type\":\"error\"}",
            "{\"a\":1}\n{\"type\":\"event\"}",
            "[1]\n{\"type\":\"event\"}",
        ] {
            assert!(!begins(text.as_bytes()), "{text}");
        }
    }
}
