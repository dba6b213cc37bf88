//! Reads envelopes, the form in which SDKs send and store events: a line of
//! header, then for each item a line of header and a payload, which is as long as
//! its header says or else runs to the end of its line.

use std::io::{self, BufRead};

use serde_json::Value;

use super::json::Object;
use super::split::{Piece, Position};

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
    reader: R,
    limit: usize,
    at: Position,
    ended: bool,
    cut: bool,
    /// Whether the last line had no end.
    open: bool,
}

/// A line, without its end.
enum Line {
    Whole(Vec<u8>),
    TooLong,
    End,
}

impl<R: BufRead> Envelope<R> {
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Self {
            reader,
            limit,
            at: Position { line: 1, byte: 0 },
            ended: false,
            cut: false,
            open: false,
        }
    }

    /// The next event, or what an item is instead; `None` at the end. Headers are
    /// dropped: that of the envelope may hold a DSN.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        while !self.ended {
            let at = self.at;
            let line = match self.line(HEADER)? {
                Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Line::Whole(line) => line,
                Line::TooLong => {
                    return Ok(Some(Piece::Bad {
                        at,
                        reason: "a header of this envelope is too long",
                    }));
                }
                Line::End => break,
            };
            let Ok(header) = serde_json::from_slice::<Object>(&line) else {
                (self.ended, self.cut) = (self.open, self.open);
                return Ok(Some(Piece::Bad {
                    at,
                    reason: "this is no header of an envelope's item",
                }));
            };
            // The envelope's own header; a file may hold several envelopes.
            let Some(kind) = header.get("type").and_then(Value::as_str) else { continue };
            let at = self.at;
            let wanted = kind == "event";
            let length = header.get("length").and_then(Value::as_u64);
            let bytes = match length {
                Some(length) => self.payload(length, wanted)?,
                None => match self.line(if wanted { self.limit } else { 0 })? {
                    Line::Whole(line) => Some(line),
                    Line::TooLong => None,
                    Line::End => Some(Vec::new()),
                },
            };
            if self.cut {
                self.ended = true;
                return Ok(Some(Piece::Bad { at, reason: "the file ends inside this item" }));
            }
            return Ok(Some(match (wanted, bytes) {
                (true, Some(bytes)) => Piece::Record { bytes, at },
                (true, None) => Piece::Bad { at, reason: "this record is larger than the limit" },
                (false, _) => Piece::Left(item(kind)),
            }));
        }
        Ok(None)
    }

    /// Whether the stream ended inside an item.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Takes a payload of that length and the line feed after it; `None` if it is
    /// not wanted or larger than the limit.
    fn payload(&mut self, length: u64, wanted: bool) -> io::Result<Option<Vec<u8>>> {
        let fits = usize::try_from(length).is_ok_and(|length| length <= self.limit);
        let mut bytes = Vec::new();
        let mut left = length;
        while left > 0 {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                self.cut = true;
                return Ok(None);
            }
            let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if wanted && fits {
                bytes.extend_from_slice(&buffer[..count]);
            }
            self.pass(count)?;
            left -= count as u64;
        }
        if self.reader.fill_buf()?.first() == Some(&b'\n') {
            self.pass(1)?;
        }
        Ok((wanted && fits).then_some(bytes))
    }

    fn pass(&mut self, count: usize) -> io::Result<()> {
        let buffer = self.reader.fill_buf()?;
        self.at.line += buffer[..count].iter().filter(|b| **b == b'\n').count() as u64;
        self.at.byte += count as u64;
        self.reader.consume(count);
        Ok(())
    }

    fn line(&mut self, limit: usize) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut too_long = false;
        let mut any = false;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = buffer.iter().position(|b| *b == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            too_long |= line.len() + part.len() > limit;
            if !too_long {
                line.extend_from_slice(part);
            }
            let count = end.map_or(buffer.len(), |end| end + 1);
            self.open = end.is_none();
            self.pass(count)?;
            if !self.open {
                break;
            }
        }
        Ok(match (any, too_long) {
            (false, _) => Line::End,
            (true, true) => Line::TooLong,
            (true, false) => Line::Whole(line),
        })
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
