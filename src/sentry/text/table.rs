//! Reads tables of issues or events: comma-, semicolon- or tab-separated values with
//! a header, quoted as in RFC 4180.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::{field, is_complete, put};
use crate::sentry::json::Object;
use crate::sentry::line::{Line, Lines};
use crate::sentry::split::{Piece, Position};

/// Longest row, in bytes.
const ROW: usize = 1 << 20;
const NEVER_CLOSED: &str = "a quote in this row is never closed";

pub(in crate::sentry) struct Table<R> {
    lines: Lines<R>,
    separator: char,
    columns: Vec<Option<&'static [String]>>,
    /// Lines that a quote without an end had swallowed, to be read again.
    back: VecDeque<(Position, Line)>,
    cut: bool,
}

/// How a row with quotes over several lines went.
enum Row {
    Whole {
        cells: Vec<String>,
        ended: bool,
    },
    /// It is open where the stream ends.
    Open,
    NeverClosed,
}

impl<R: BufRead> Table<R> {
    /// Whether a text that begins so is a table of issues: two known columns, one of
    /// which names the issue.
    pub(in crate::sentry) fn begins(head: &str) -> bool {
        let mut lines = head.lines();
        let Some(mut header) = lines.next() else { return false };
        let named = named_separator(header);
        if named.is_some() {
            header = lines.next().unwrap_or_default();
        }
        let columns = columns(header, named.unwrap_or_else(|| separator(header)));
        let names = |to: &[String]| matches!(to[0].as_str(), "name" | "title" | "permalink");
        columns.iter().flatten().count() > 1 && columns.iter().flatten().any(|to| names(to))
    }

    /// Reads the header.
    pub(in crate::sentry) fn new(reader: R) -> io::Result<Self> {
        let mut lines = Lines::new(reader);
        let mut next = || -> io::Result<String> {
            let line = lines.next(ROW)?;
            Ok(line.map(|line| text(&line)).unwrap_or_default())
        };
        let mut header = next()?;
        let named = named_separator(&header);
        if named.is_some() {
            header = next()?;
        }
        let separator = named.unwrap_or_else(|| separator(&header));
        let columns = columns(&header, separator);
        Ok(Self { lines, separator, columns, back: VecDeque::new(), cut: false })
    }

    /// The next row as an issue of the API; `None` at the end.
    pub(in crate::sentry) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let Some((at, line)) = self.line()? else { return Ok(None) };
            if line.too_long {
                return Ok(Some(Piece::Bad { at, reason: "this row is larger than the limit" }));
            }
            let (cells, ended) = match self.row(&line)? {
                Row::Whole { cells, ended } => (cells, ended),
                Row::Open => (Vec::new(), false),
                Row::NeverClosed => return Ok(Some(Piece::Bad { at, reason: NEVER_CLOSED })),
            };
            if let ([cell], true) = (cells.as_slice(), ended)
                && cell.trim().is_empty()
            {
                continue;
            }
            if !ended && cells.len() < self.columns.len() {
                self.cut = true;
                return Ok(Some(Piece::Bad { at, reason: "the file ends inside this row" }));
            }
            let mut record = Object::new();
            let mut unread = Vec::new();
            for (cell, to) in cells.iter().zip(&self.columns) {
                if let Some(to) = to {
                    unread.extend(put(&mut record, to, cell).err());
                }
            }
            return Ok(Some(if is_complete(&record) {
                Piece::Read { record, at, unread }
            } else {
                Piece::Bad { at, reason: "this row names no issue" }
            }));
        }
    }

    /// Whether the stream ended inside a row.
    pub(in crate::sentry) fn is_cut(&self) -> bool {
        self.cut
    }

    fn line(&mut self) -> io::Result<Option<(Position, Line)>> {
        if let Some(back) = self.back.pop_front() {
            return Ok(Some(back));
        }
        let at = self.lines.at();
        Ok(self.lines.next(ROW)?.map(|line| (at, line)))
    }

    /// Reads a row from its first line on. Where a quote is never closed, the lines after
    /// the first are given back. Of those only the last may open a row of several lines,
    /// so that no line is read more than three times.
    fn row(&mut self, first: &Line) -> io::Result<Row> {
        let again = !self.back.is_empty();
        let mut cells = Cells::new(self.separator);
        let mut ended = first.ended;
        cells.take(&text(first));
        let mut size = first.bytes.len();
        let mut taken = Vec::new();
        let mut whole = true;
        while cells.quoted && whole {
            let next = if again || size > ROW { None } else { self.line()? };
            let Some((at, line)) = next else { break };
            size += line.bytes.len();
            ended = line.ended;
            whole = !line.too_long && cells.take(&text(&line));
            taken.push((at, line));
        }
        if !cells.quoted && whole {
            return Ok(Row::Whole { cells: cells.cells, ended });
        }
        if taken.is_empty() && !ended {
            return Ok(Row::Open);
        }
        for line in taken.into_iter().rev() {
            self.back.push_front(line);
        }
        Ok(Row::NeverClosed)
    }
}

fn text(line: &Line) -> String {
    let text = String::from_utf8_lossy(&line.bytes);
    text.strip_suffix('\r').unwrap_or(&text).to_owned()
}

/// What a first line such as `sep=;` names, which is there for Excel.
fn named_separator(line: &str) -> Option<char> {
    let line = line.trim_matches(['"', '\r']);
    let (head, rest) = line.split_at_checked(4)?;
    let mut rest = rest.chars();
    let separator = rest.next().filter(|_| head.eq_ignore_ascii_case("sep="))?;
    rest.next().is_none().then_some(separator)
}

fn separator(header: &str) -> char {
    let count = |c: char| header.matches(c).count();
    [',', ';', '\t'].into_iter().max_by_key(|c| count(*c)).unwrap_or(',')
}

fn columns(header: &str, separator: char) -> Vec<Option<&'static [String]>> {
    let mut cells = Cells::new(separator);
    cells.take(header.trim_end_matches(['\r', '\n']));
    cells.cells.iter().map(|label| field(label)).collect()
}

/// The cells of a row, of which a quoted one may hold separators and line ends.
struct Cells {
    separator: char,
    cells: Vec<String>,
    quoted: bool,
}

impl Cells {
    fn new(separator: char) -> Self {
        Self { separator, cells: vec![String::new()], quoted: false }
    }

    /// Takes a line, or one more. False if the quote that an earlier line opened ends
    /// within a text, where nothing that writes tables would end it.
    fn take(&mut self, line: &str) -> bool {
        let mut carried = self.quoted;
        // Quotes within a cell, as in `5" disk`, stand for themselves.
        let mut start = !carried;
        let mut cell = self.cells.pop().unwrap_or_default();
        if carried {
            cell.push('\n');
        }
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if self.quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' if self.quoted => {
                    self.quoted = false;
                    if carried && chars.peek().is_some_and(|next| *next != self.separator) {
                        return false;
                    }
                    carried = false;
                }
                '"' if start => (self.quoted, start) = (true, false),
                c if c == self.separator && !self.quoted => {
                    self.cells.push(std::mem::take(&mut cell));
                    start = true;
                }
                c => {
                    start &= c == ' ';
                    cell.push(c);
                }
            }
        }
        self.cells.push(cell);
        true
    }
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
                Piece::Read { mut record, unread, .. } => {
                    if !unread.is_empty() {
                        record.insert("unread".into(), json!(unread));
                    }
                    record.into()
                }
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
    fn counts_and_times_are_read_or_said() {
        let found = rows(
            "sep=;\r\nIssue ID;Title;Events;Last Seen\r\n\
             1;E: a;1.2k;2026-11-20 10:11:12 UTC\r\n\
             2;E: b;-3;Nov 20, 2026 10:11 AM\r\n\
             3;E: c;n/a;11/20/2026\r\n\
             4;E: d;1,234;1795169472123\r\n",
        );
        assert_eq!((&found[0]["count"], &found[0]["unread"]), (&json!("1200"), &Value::Null));
        assert_eq!(found[0]["lastSeen"], "2026-11-20 10:11:12");
        assert_eq!(found[1]["lastSeen"], "2026-11-20T10:11:00Z");
        assert_eq!(
            (found[1].get("count"), &found[1]["unread"]),
            (None, &json!([super::super::NO_COUNT]))
        );
        assert_eq!(
            (found[2].get("lastSeen"), &found[2]["unread"]),
            (None, &json!([super::super::NO_TIME]))
        );
        assert_eq!(
            (&found[3]["count"], &found[3]["lastSeen"]),
            (&json!("1234"), &json!("1795169472.123"))
        );
        assert_eq!(rows("\"sep=|\"\nid|title\n7|a,b\n")[0]["title"], "a,b");
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_its_row() {
        let found = rows(
            "id,title,count\n1,\"cut off,3\n2,\"good, one\",4\n3,5\" disk,5\n\
             4,\"two\nlines\",6\n5,\"to the end,7\n6,plain,8\n",
        );
        assert_eq!(found[0], json!("2: a quote in this row is never closed"));
        assert_eq!((&found[1]["id"], &found[1]["title"]), (&json!("2"), &json!("good, one")));
        assert_eq!((&found[2]["title"], &found[2]["count"]), (&json!("5\" disk"), &json!("5")));
        assert_eq!(found[3]["title"], "two\nlines");
        assert_eq!(found[4], json!("7: a quote in this row is never closed"));
        assert_eq!((found.len(), &found[5]["id"]), (6, &json!("6")));
        // Each line would swallow the rest again.
        let text = format!("id,title,level\n{}", "a\",b,\"x\n".repeat(50_000));
        assert_eq!(rows(&text).len(), 50_000);
    }

    #[test]
    fn a_last_row_that_was_cut_off_is_told_apart() {
        let whole = "id,title,count\n1,E: a,3\n2,\"E: \"\"b\",4";
        let read = |text: &str| {
            let mut table = Table::new(text.as_bytes()).unwrap();
            let mut last = None;
            while let Some(piece) = table.next().unwrap() {
                last = Some(piece);
            }
            (last, table.is_cut())
        };
        assert!(!read(whole).1, "it only lacks its line feed");
        for left in 2..11 {
            let (last, cut) = read(&whole[..whole.len() - left]);
            let reason = "the file ends inside this row";
            assert!(
                matches!(last, Some(Piece::Bad { at, reason: r }) if at.line == 3 && r == reason)
            );
            assert!(cut, "{left}");
        }
    }

    #[test]
    fn other_tables_are_left() {
        for text in ["value,times_seen,last_seen", "a,b\n1,2", "title", ""] {
            assert!(!Table::<&[u8]>::begins(text), "{text}");
        }
    }
}
