//! Places where code decides, and what each decides about.

use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::Language;
use super::query::{lines_of, run};

/// Conditions of a file that are looked at, at most; a hostile file could hold millions.
const MOST: usize = 20_000;

/// Fields that hold what runs when the condition holds, and what runs else.
const BODIES: [&str; 2] = ["consequence", "body"];
const ELSE: &str = "alternative";

/// A condition with the statement or expression that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Bytes of the whole.
    pub range: Range<usize>,
    pub condition: Range<usize>,
    /// Bytes of what runs when it holds, where the grammar names it.
    pub body: Option<Range<usize>>,
    pub alternative: Option<Range<usize>>,
    /// Whether the body may run more than once.
    pub repeats: bool,
    /// Lines of the whole, 1-based, inclusive.
    pub start: u32,
    pub end: u32,
}

pub(super) fn branches(language: &Language, tree: &Tree, text: &str) -> Vec<Branch> {
    let mut found: Vec<Branch> = Vec::new();
    run(&language.guards, tree.root_node(), text, None, |matched| {
        if let (Some(condition), Some(owner)) = (matched.node("condition"), matched.node("owner"))
            && found.len() < MOST
        {
            found.push(branch(condition, owner));
        }
    });
    found.sort_by_key(|b| (b.range.start, std::cmp::Reverse(b.range.end), b.condition.start));
    found.dedup_by(|a, b| a.range == b.range && a.condition == b.condition);
    found
}

fn branch(condition: Node<'_>, owner: Node<'_>) -> Branch {
    let (start, end) = lines_of(owner);
    let body = BODIES.iter().find_map(|f| owner.child_by_field_name(f));
    let loops = ["while", "for", "until", "do_"];
    Branch {
        range: owner.byte_range(),
        condition: condition.byte_range(),
        body: body.map(|n| n.byte_range()),
        alternative: owner.child_by_field_name(ELSE).map(|n| n.byte_range()),
        repeats: loops.iter().any(|l| owner.kind().starts_with(l)),
        start,
        end,
    }
}

/// The parts of a condition that `&&`, `||`, `and` and `or` join, outside of calls and
/// quotes: byte ranges within it, in order. Parentheses around a whole part are opened.
pub fn parts(condition: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    split(condition, 0..condition.len(), &mut found);
    found
}

fn split(text: &str, within: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut open = vec![within];
    // Without recursion, and each part once: conditions of hostile files are deep.
    while let Some(part) = open.pop() {
        let part = peel(text, trim(text, part));
        if part.is_empty() {
            continue;
        }
        let joints = joints(text, &part);
        if joints.is_empty() {
            found.push(part);
            continue;
        }
        let mut from = part.start;
        for joint in joints {
            open.push(from..joint.start);
            from = joint.end;
        }
        open.push(from..part.end);
    }
    found.sort_by_key(|r| r.start);
}

fn trim(text: &str, part: Range<usize>) -> Range<usize> {
    let inner = text.get(part.clone()).unwrap_or_default();
    let start = part.start + (inner.len() - inner.trim_start().len());
    start..start + inner.trim().len()
}

/// Without the parentheses around the whole.
fn peel(text: &str, mut part: Range<usize>) -> Range<usize> {
    while part.len() >= 2 && text[part.clone()].starts_with('(') {
        let mut depth = Depth::default();
        let closes = text[part.clone()].char_indices().find(|(_, c)| depth.step(*c) == 0);
        if closes.is_none_or(|(at, _)| part.start + at + 1 != part.end) {
            break;
        }
        part = trim(text, part.start + 1..part.end - 1);
    }
    part
}

fn joints(text: &str, part: &Range<usize>) -> Vec<Range<usize>> {
    let mut depth = Depth::default();
    let mut found = Vec::new();
    let inner = &text[part.clone()];
    for (at, c) in inner.char_indices() {
        if depth.step(c) > 0 || depth.quote.is_some() {
            continue;
        }
        let rest = &inner[at..];
        let before = inner[..at].chars().next_back();
        let blank = before.is_some_and(char::is_whitespace);
        let word = ["and", "or"].into_iter().find(|w| {
            blank
                && rest.strip_prefix(w).is_some_and(|r| r.starts_with(|c: char| c.is_whitespace()))
        });
        let sign = ["&&", "||"].into_iter().find(|s| rest.starts_with(s));
        if let Some(joint) = word.or(sign) {
            found.push(part.start + at..part.start + at + joint.len());
        }
    }
    found
}

/// How deep in brackets a text is, outside of quotes.
#[derive(Default)]
struct Depth {
    open: i32,
    quote: Option<char>,
    escaped: bool,
}

impl Depth {
    /// The depth after a character.
    fn step(&mut self, c: char) -> i32 {
        if let Some(quote) = self.quote {
            if self.escaped {
                self.escaped = false;
            } else if c == '\\' {
                self.escaped = true;
            } else if c == quote {
                self.quote = None;
            }
            return self.open;
        }
        match c {
            '"' | '\'' | '`' => self.quote = Some(c),
            '(' | '[' | '{' => self.open += 1,
            ')' | ']' | '}' => self.open -= 1,
            _ => {}
        }
        self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_taken_apart_outside_of_calls_and_quotes() {
        for (condition, expected) in [
            ("a", vec!["a"]),
            ("(a && b.c())", vec!["a", "b.c()"]),
            ("a and (b or not c)", vec!["a", "b", "not c"]),
            ("f(a && b) || d == \"x || y\"", vec!["f(a && b)", "d == \"x || y\""]),
            ("!(a && b)", vec!["!(a && b)"]),
            ("(a) && (b)", vec!["a", "b"]),
            ("band && order", vec!["band", "order"]),
            ("s == '(' && t", vec!["s == '('", "t"]),
            ("", vec![]),
            ("(a && b", vec!["(a && b"]),
        ] {
            let found: Vec<&str> = parts(condition).into_iter().map(|r| &condition[r]).collect();
            assert_eq!(found, expected, "{condition}");
        }
    }
}
