//! Which function of a file a frame means.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::change::ChangedFile;
use crate::index::{IndexError, Symbol, View};
use crate::plain::fold;
use crate::sentry::{Frame, FrameMatch, function_name};

/// Least characters of a source line that tell one function from another.
const TELLING: usize = 8;

/// The functions of a file at the head, with its lines.
pub(super) struct Outline {
    symbols: Vec<Symbol>,
    text: Option<Arc<str>>,
    /// Lines that the change added: no frame of before it was at one.
    added: BTreeSet<u32>,
}

impl Outline {
    /// `file` is the changed file of that path, if it is one.
    pub fn of(head: &View, path: &str, file: Option<&ChangedFile>) -> Result<Self, IndexError> {
        Ok(Self {
            symbols: head.outline(path)?,
            text: head.snapshot().text(path)?.map(|text| text.text),
            added: file.map_or_else(BTreeSet::new, |f| f.added_lines().map(|(n, _)| n).collect()),
        })
    }

    fn callables(&self) -> impl Iterator<Item = &Symbol> {
        self.symbols.iter().filter(|s| s.kind.is_callable())
    }

    /// The functions that a frame may mean: one; several of one name that nothing tells
    /// apart; none if the file has none of that name and its line stands in no one
    /// function, or in several.
    pub fn meant(&self, found: &FrameMatch) -> Vec<&Symbol> {
        let platform = found.issue.platform.as_deref().unwrap_or_default();
        let name = function_name(&found.frame, platform);
        let named: Vec<&Symbol> =
            self.callables().filter(|s| name.as_deref() == Some(s.name.as_str())).collect();
        if named.is_empty() { self.holder(&found.frame) } else { self.narrow(named, &found.frame) }
    }

    /// The function that holds the frame's source line, if just one does.
    fn holder(&self, frame: &Frame) -> Vec<&Symbol> {
        let own = frame.own_line().map(fold).filter(|l| l.chars().count() >= TELLING);
        let (Some(own), Some(text)) = (own, &self.text) else { return Vec::new() };
        let lines = (1..).zip(text.lines()).filter(|(_, line)| fold(line) == own);
        let around = lines.map(|(n, _)| {
            let around = self.callables().filter(|s| (s.start..=s.end).contains(&n));
            around.min_by_key(|s| s.end - s.start)
        });
        let Some(holders) = around.collect::<Option<Vec<&Symbol>>>() else { return Vec::new() };
        let one = distinct(holders);
        if one.len() == 1 { one } else { Vec::new() }
    }

    /// Those functions of one name that the class of the frame's function means, else that
    /// of its module, else those that have the lines up to the frame's own.
    fn narrow<'s>(&self, named: Vec<&'s Symbol>, frame: &Frame) -> Vec<&'s Symbol> {
        let named = distinct(named);
        if named.len() < 2 {
            return named;
        }
        let of = |text: &Option<String>| -> Vec<&'s Symbol> {
            let words: Vec<&str> = text.as_deref().map(words).unwrap_or_default();
            let is = |s: &&&Symbol| container(s).is_some_and(|c| words.contains(&c));
            named.iter().filter(is).copied().collect()
        };
        for class in [of(&frame.function), of(&frame.module)] {
            if class.len() == 1 {
                return class;
            }
        }
        let own = frame.line.unwrap_or_default();
        let known: Vec<String> = frame
            .context
            .iter()
            .filter(|(n, line)| *n <= own && line.trim().chars().count() >= TELLING)
            .map(|(_, line)| fold(line))
            .collect();
        let bodies: Vec<BTreeSet<String>> = named.iter().map(|s| self.lines_of(s)).collect();
        let telling = |at: usize| {
            let only = |line: &&String| {
                bodies.iter().enumerate().all(|(n, body)| body.contains(*line) == (n == at))
            };
            known.iter().filter(only).count()
        };
        let counts: Vec<usize> = (0..named.len()).map(telling).collect();
        let most = counts.iter().copied().max().unwrap_or_default();
        let best: Vec<&Symbol> =
            named.iter().zip(&counts).filter(|(_, n)| **n == most).map(|(s, _)| *s).collect();
        if most > 0 && best.len() == 1 { best } else { named }
    }

    /// Lines from the head of the class to the end of the method, without those that the
    /// change added.
    fn lines_of(&self, symbol: &Symbol) -> BTreeSet<String> {
        let class = symbol.qualified.strip_suffix(symbol.name.as_str()).unwrap_or_default();
        let class = class.trim_end_matches(['.', ':', '#', '\\', '/']);
        let holder = self
            .symbols
            .iter()
            .find(|s| s.qualified == class && (s.start..=s.end).contains(&symbol.start));
        let start = holder.map_or(symbol.start, |s| s.start);
        let text = self.text.as_deref().unwrap_or_default();
        (1..)
            .zip(text.lines())
            .skip_while(|(n, _)| *n < start)
            .take_while(|(n, _)| *n <= symbol.end)
            .filter(|(n, line)| !self.added.contains(n) && line.trim().chars().count() >= TELLING)
            .map(|(_, line)| fold(line))
            .collect()
    }
}

/// One symbol of each qualified name: overloads are one function here.
fn distinct(symbols: Vec<&Symbol>) -> Vec<&Symbol> {
    let mut seen = BTreeSet::new();
    symbols.into_iter().filter(|s| seen.insert(s.qualified.as_str())).collect()
}

/// The last name of what holds a symbol: its class, as a rule.
fn container(symbol: &Symbol) -> Option<&str> {
    let class = symbol.qualified.strip_suffix(symbol.name.as_str())?;
    words(class).pop()
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect()
}
