//! Passages: what a search finds and shows, a dozen lines at most.

use crate::plain::{self, fold};

/// Most lines of a passage.
pub(super) const MAX_LINES: usize = 12;
/// Lines after which a passage ends at the next blank line.
const ENOUGH: usize = 6;
/// Most characters of a line.
pub(super) const WIDTH: usize = 110;
/// Parts the headings of a title.
pub(super) const HEADING_SIGN: &str = " > ";
/// Most characters of a title.
const TITLE: usize = 160;

/// A short piece of documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passage {
    /// A symbol's qualified name, or the headings above, joined by ` > `.
    pub title: String,
    /// Lines of at most [`WIDTH`] characters.
    pub body: String,
    /// `path:line` within the package, or `page#anchor`.
    pub place: String,
    /// Whether it is a definition of source code.
    pub symbol: bool,
}

/// A line with its place.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub place: String,
    pub text: String,
    /// Whether it is code, which is not wrapped.
    pub code: bool,
}

/// Joins headings to a title.
pub(super) fn title<'a>(headings: impl Iterator<Item = &'a str>) -> String {
    let mut parts: Vec<String> = headings.map(fold).filter(|h| !h.is_empty()).collect();
    // A page's name stands over it and is its first heading.
    parts.dedup();
    let joined = parts.join(HEADING_SIGN);
    // Of too long a path the end says more.
    let surplus = joined.chars().count().saturating_sub(TITLE);
    plain::line(&joined.chars().skip(surplus).collect::<String>(), TITLE)
}

/// Cuts the lines of one section into passages, at blank lines where it can. Those of
/// a definition leave a line for its signature.
pub(super) fn cut(title: &str, lines: &[Line], symbol: bool) -> Vec<Passage> {
    let most = if symbol { MAX_LINES - 1 } else { MAX_LINES };
    let mut passages = Vec::new();
    let mut body: Vec<String> = Vec::new();
    let mut place = "";
    let mut flush = |body: &mut Vec<String>, place: &str| {
        while body.last().is_some_and(|l| l.trim().is_empty()) {
            body.pop();
        }
        if body.iter().any(|l| l.chars().any(char::is_alphanumeric)) {
            passages.push(Passage {
                title: title.to_owned(),
                body: body.join("\n"),
                place: place.to_owned(),
                symbol,
            });
        }
        body.clear();
    };
    for line in lines {
        let blank = line.text.trim().is_empty();
        if body.is_empty() {
            if blank {
                continue;
            }
            place = &line.place;
        }
        if blank && !line.code && body.len() >= ENOUGH {
            flush(&mut body, place);
            continue;
        }
        let rows = if line.code || blank {
            vec![plain::line(&line.text, WIDTH)]
        } else {
            plain::wrap(&line.text, WIDTH).into_iter().map(|l| plain::line(&l, WIDTH)).collect()
        };
        for row in rows {
            if body.len() == most {
                flush(&mut body, place);
                place = &line.place;
            }
            // Blank lines cost a line and say nothing twice.
            if !(row.trim().is_empty() && body.last().is_none_or(|l| l.is_empty())) {
                body.push(row);
            }
        }
    }
    flush(&mut body, place);
    passages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        let line = |(n, text): (usize, &str)| Line {
            place: format!("a:{}", n + 1),
            text: text.to_owned(),
            code: false,
        };
        text.lines().enumerate().map(line).collect()
    }

    #[test]
    fn passages_are_short_and_end_at_blank_lines() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix\n\nseven\n".to_owned() + &"x\n".repeat(20);
        let all = cut("T", &lines(&text), false);
        assert_eq!(all[0].body, "one\ntwo\nthree\nfour\nfive\nsix");
        assert_eq!((all[1].place.as_str(), &all[1].body[..5]), ("a:8", "seven"));
        assert!(all.iter().all(|p| p.body.lines().count() <= MAX_LINES));
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn a_long_line_is_wrapped_and_nothing_steers_a_terminal() {
        let all = cut("T", &lines(&"word\u{1b}[31m ".repeat(400)), false);
        assert!(all.len() > 1);
        for line in all.iter().flat_map(|p| p.body.lines()) {
            assert!(line.chars().count() <= WIDTH && !line.contains('\u{1b}'));
        }
    }

    #[test]
    fn of_a_long_title_the_end_is_kept() {
        let long = "a".repeat(300);
        assert!(title([long.as_str(), "last"].into_iter()).ends_with("> last"));
    }
}
