//! Reads the Markdown in which Sentry's tools show issues to a model: a heading that
//! names the issue, then labels in bold, then the error in a fence.

use std::io::{self, BufRead};

use super::{field, is_complete, is_short_id, put};
use crate::sentry::json::Object;
use crate::sentry::line::Lines;
use crate::sentry::split::{Piece, Position};

/// Longest line that is looked at, and most lines of a fence, which holds the error.
const LINE: usize = 16 << 10;
const FENCE: usize = 20;

pub(in crate::sentry) struct Markdown<R> {
    lines: Lines<R>,
    /// The issue that is being read, what of it could not be read, and where it began.
    record: Object,
    unread: Vec<&'static str>,
    began: Position,
    fence: Option<Vec<String>>,
    ended: bool,
}

impl<R: BufRead> Markdown<R> {
    /// Whether a text that begins so shows issues: a heading names one, and two known
    /// labels follow. `UTF-8` looks like an issue's name too.
    pub(in crate::sentry) fn begins(head: &str) -> bool {
        let known = |line: &&str| labelled(line).is_some_and(|(label, _)| field(label).is_some());
        let rest = head.lines().skip_while(|line| named(line).is_none());
        rest.filter(known).count() > 1
    }

    pub(in crate::sentry) fn new(reader: R) -> Self {
        let lines = Lines::new(reader);
        let began = lines.at();
        let (record, unread) = (Object::new(), Vec::new());
        Self { lines, record, unread, began, fence: None, ended: false }
    }

    /// The next issue as the API would have it; `None` at the end.
    pub(in crate::sentry) fn next(&mut self) -> io::Result<Option<Piece>> {
        while !self.ended {
            let at = self.lines.at();
            let Some(line) = self.lines.next(LINE)? else {
                self.ended = true;
                return Ok(self.done(at));
            };
            let line = String::from_utf8_lossy(&line.bytes);
            let line = line.trim_end();
            if self.fenced(line) {
                continue;
            }
            if let Some(name) = named(line) {
                let done = self.done(at);
                self.began = at;
                self.put(&["name".to_owned()], &name);
                if done.is_some() {
                    return Ok(done);
                }
            } else if let Some((label, value)) = labelled(line) {
                match field(label) {
                    Some(to) => self.put(to, value),
                    // `**KeyError: total**` is how a list of results has the title.
                    None if value.is_empty() => {
                        self.put(&["title".to_owned()], label);
                    }
                    None => {}
                }
            }
        }
        Ok(None)
    }

    /// Takes a line of a fence; the first fence of an issue holds the error.
    fn fenced(&mut self, line: &str) -> bool {
        let mark = line.trim_start().starts_with("```");
        match (&mut self.fence, mark) {
            (None, true) => self.fence = Some(Vec::new()),
            (None, false) => return false,
            (Some(lines), true) => {
                let text = lines.join("\n");
                self.fence = None;
                self.put(&["metadata".to_owned(), "value".to_owned()], &text);
            }
            (Some(lines), false) if lines.len() < FENCE => lines.push(line.to_owned()),
            (Some(_), false) => {}
        }
        true
    }

    fn put(&mut self, to: &[String], cell: &str) {
        self.unread.extend(put(&mut self.record, to, cell).err());
    }

    fn done(&mut self, at: Position) -> Option<Piece> {
        let record = std::mem::take(&mut self.record);
        let unread = std::mem::take(&mut self.unread);
        let began = std::mem::replace(&mut self.began, at);
        if record.is_empty() || !(record.contains_key("id") || record.contains_key("shortId")) {
            return None;
        }
        Some(if is_complete(&record) {
            Piece::Read { record, at: began, unread }
        } else {
            Piece::Bad { at: began, reason: "this issue has no title" }
        })
    }
}

/// The issue that a heading names, as `# Issue SHOP-1A in **shop**` or
/// `## 1. [SHOP-1A](address)`.
fn named(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?;
    let words = heading.split(|c: char| c.is_whitespace() || "[]()*`:,".contains(c));
    words.into_iter().find(|word| is_short_id(word)).map(str::to_owned)
}

/// `**Label**: value`, in a list or not.
fn labelled(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start().trim_start_matches(['-', '*', '+']).trim_start();
    let rest = line.strip_prefix("**").unwrap_or(line);
    let (label, value) = rest.split_once("**")?;
    let value = value.trim_start().trim_start_matches(':').trim();
    Some((label.trim().trim_end_matches(':'), value.trim_matches('*').trim()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn issues(text: &str) -> Vec<Value> {
        let mut markdown = Markdown::new(text.as_bytes());
        let mut out = Vec::new();
        while let Some(piece) = markdown.next().unwrap() {
            match piece {
                Piece::Read { record, .. } => out.push(record.into()),
                other => panic!("{other:?}"),
            }
        }
        out
    }

    #[test]
    fn an_issue_and_a_list_of_them() {
        let text = "# Issue SHOP-1A in **corner**\n\n**Description**: KeyError: 'total'\n\
            **Culprit**: shop.cart in sum\n**First Seen**: 2026-01-01T00:00:00.000Z\n\
            **Last Seen**: 2026-01-02T00:00:00.000Z\n**Occurrences**: 25\n**Status**: Unresolved\n\
            **URL**: https://corner.example/issues/77\n\n## Event Details\n\n\
            **Event ID**: 0123456789abcdef0123456789abcdef\n\n### Error\n\n```\nKeyError: 'total'\n\
            # Issue FAKE-1 in a fence\n```\n";
        assert!(Markdown::<&[u8]>::begins(text));
        let found = issues(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["shortId"], "SHOP-1A");
        assert_eq!(found[0]["id"], "77");
        assert_eq!((&found[0]["count"], &found[0]["status"]), (&json!("25"), &json!("unresolved")));
        assert_eq!(found[0]["title"], "KeyError: 'total'");
        let list = "# Search Results\n\n## 1. [SHOP-1A](https://c.example/issues/SHOP-1A)\n\n\
            **KeyError: 'total'**\n\n- **Status**: unresolved\n- **Events**: 3\n\n\
            ## 2. [SHOP-2B](https://c.example/issues/SHOP-2B)\n\n**E: x**\n";
        let found = issues(list);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (&found[0]["title"], &found[1]["shortId"]),
            (&json!("KeyError: 'total'"), &json!("SHOP-2B"))
        );
    }

    #[test]
    fn other_markdown_is_left() {
        assert!(!Markdown::<&[u8]>::begins("# Changelog\n\n## UTF-8\n- **Added**: UTF-8\n"));
        assert!(!Markdown::<&[u8]>::begins("An export of SHOP-1A"));
    }
}
