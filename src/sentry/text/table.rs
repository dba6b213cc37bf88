//! Reads tables of issues or events: comma-, semicolon- or tab-separated values with
//! a header, quoted as in RFC 4180.

use std::io::{self, BufRead};

use super::{field, is_complete, put};
use crate::sentry::json::Object;
use crate::sentry::split::{Piece, Position};

/// Longest row, in bytes.
const ROW: usize = 1 << 20;

pub(in crate::sentry) struct Table<R> {
    reader: R,
    separator: u8,
    columns: Vec<Option<&'static [String]>>,
    at: Position,
}

impl<R: BufRead> Table<R> {
    /// Whether a text that begins so is a table of issues: two known columns, one of
    /// which names the issue.
    pub(in crate::sentry) fn begins(head: &str) -> bool {
        let Some(header) = head.lines().next() else { return false };
        let columns = columns(header, separator(header));
        let names = |to: &[String]| matches!(to[0].as_str(), "name" | "title" | "permalink");
        columns.iter().flatten().count() > 1 && columns.iter().flatten().any(|to| names(to))
    }

    /// Reads the header.
    pub(in crate::sentry) fn new(mut reader: R) -> io::Result<Self> {
        let mut header = Vec::new();
        let mut at = Position { line: 1, byte: 0 };
        row(&mut reader, &mut header, &mut at)?;
        let header = String::from_utf8_lossy(&header).into_owned();
        let separator = separator(&header);
        Ok(Self { reader, separator, columns: columns(&header, separator), at })
    }

    /// The next row as an issue of the API; `None` at the end.
    pub(in crate::sentry) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let at = self.at;
            let mut bytes = Vec::new();
            if !row(&mut self.reader, &mut bytes, &mut self.at)? {
                return Ok(None);
            }
            if bytes.len() > ROW {
                return Ok(Some(Piece::Bad { at, reason: "this row is larger than the limit" }));
            }
            let text = String::from_utf8_lossy(&bytes);
            if text.trim().is_empty() {
                continue;
            }
            let mut record = Object::new();
            for (cell, to) in cells(&text, self.separator).iter().zip(&self.columns) {
                if let Some(to) = to {
                    put(&mut record, to, cell);
                }
            }
            return Ok(Some(if is_complete(&record) {
                Piece::Read { record, at }
            } else {
                Piece::Bad { at, reason: "this row names no issue" }
            }));
        }
    }
}

fn separator(header: &str) -> u8 {
    let count = |c: char| header.matches(c).count();
    [',', ';', '\t'].into_iter().max_by_key(|c| count(*c)).map_or(b',', |c| c as u8)
}

fn columns(header: &str, separator: u8) -> Vec<Option<&'static [String]>> {
    cells(header, separator).iter().map(|label| field(label)).collect()
}

/// Reads a row with its line end; a quoted cell may hold line ends. False at the end.
fn row(reader: &mut impl BufRead, bytes: &mut Vec<u8>, at: &mut Position) -> io::Result<bool> {
    let mut quoted = false;
    let mut any = false;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any);
        }
        any = true;
        let mut end = None;
        for (n, byte) in buffer.iter().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' => {
                    at.line += 1;
                    // A quote that is never closed must not swallow the file.
                    if !quoted || bytes.len() + n > ROW {
                        end = Some(n + 1);
                        break;
                    }
                }
                _ => {}
            }
        }
        let count = end.unwrap_or(buffer.len());
        let room = (ROW + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(&buffer[..count.min(room)]);
        reader.consume(count);
        at.byte += count as u64;
        if end.is_some() {
            return Ok(true);
        }
    }
}

fn cells(row: &str, separator: u8) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = row.trim_end_matches(['\r', '\n']).chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                if let Some(cell) = cells.last_mut() {
                    cell.push('"');
                }
            }
            '"' => quoted = !quoted,
            c if c == char::from(separator) && !quoted => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rows(text: &str) -> Vec<Value> {
        assert!(Table::<&[u8]>::begins(text), "{text}");
        let mut table = Table::new(text.as_bytes()).unwrap();
        let mut out = Vec::new();
        while let Some(piece) = table.next().unwrap() {
            out.push(match piece {
                Piece::Read { record, .. } => record.into(),
                Piece::Bad { at, reason } => json!(format!("{}: {reason}", at.line)),
                other => panic!("{other:?}"),
            });
        }
        out
    }

    #[test]
    fn columns_go_where_the_api_has_them() {
        let found = rows(
            "Issue ID,Title,Events,Users,Last Seen,Link\r\n\
             7,\"KeyError: \"\"total\"\",\nin cart\",\"1,234\",5,2026-01-02T03:04:05Z,\
             https://s.example/issues/7/\r\n,,,,,\r\n\
             SHOP-2,E,1,1,,\n",
        );
        assert_eq!(
            found[0],
            json!({"id": "7", "title": "KeyError: \"total\",\nin cart",
            "count": "1234", "userCount": "5", "lastSeen": "2026-01-02T03:04:05Z",
            "permalink": "https://s.example/issues/7/"})
        );
        assert_eq!(found[1], json!("4: this row names no issue"));
        assert_eq!(found[2]["shortId"], "SHOP-2");
        let found =
            rows("id;issue;title;error.type\n0123456789abcdef0123456789abcdef;SHOP-1;E: x;E\n");
        assert_eq!(found[0]["eventID"], "0123456789abcdef0123456789abcdef");
        assert_eq!(
            (&found[0]["shortId"], &found[0]["metadata"]["type"]),
            (&json!("SHOP-1"), &json!("E"))
        );
    }

    #[test]
    fn other_tables_are_left() {
        for text in ["value,times_seen,last_seen", "a,b\n1,2", "title", ""] {
            assert!(!Table::<&[u8]>::begins(text), "{text}");
        }
    }
}
