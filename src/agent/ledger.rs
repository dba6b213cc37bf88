//! Remembers what an agent was shown, so that every quote has a source.
//!
//! A model never types a location. It picks a line among those it was shown,
//! and the ledger finds where that line stands.

use std::collections::BTreeSet;

use crate::finding::{Evidence, Side, Source};

use super::Passage;

/// Longer lines cannot be quoted: they are data, not code.
const MAX_QUOTE: usize = 200;

/// Everything shown to one agent, in order.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    passages: Vec<Passage>,
}

impl Ledger {
    pub fn show(&mut self, passages: impl IntoIterator<Item = Passage>) {
        self.passages.extend(passages);
    }

    /// The lines that may be quoted, trimmed, each once, at most `limit`; the
    /// first shown come first. Lines of punctuation alone are left out.
    pub fn quotes(&self, limit: usize) -> Vec<String> {
        self.lines_where(limit, |_| true)
    }

    /// As [`Self::quotes`], of the head side of the diff only.
    pub fn diff_quotes(&self, limit: usize) -> Vec<String> {
        self.lines_where(limit, |s| matches!(s, Source::Diff { side: Side::New, .. }))
    }

    fn lines_where(&self, limit: usize, keep: impl Fn(&Source) -> bool) -> Vec<String> {
        let mut seen = BTreeSet::new();
        self.passages
            .iter()
            .filter(|p| keep(&p.source))
            .flat_map(|p| p.text.lines())
            .map(str::trim)
            .filter(|l| l.len() <= MAX_QUOTE && l.chars().any(char::is_alphanumeric))
            .filter(|l| seen.insert((*l).to_owned()))
            .take(limit)
            .map(str::to_owned)
            .collect()
    }

    /// Finds where a quoted line was shown: the latest passage wins, because an
    /// agent quotes what it read last; of one passage, the first line.
    pub fn locate(&self, quote: &str) -> Option<Evidence> {
        let quote = quote.trim();
        if quote.is_empty() {
            return None;
        }
        self.passages.iter().rev().find_map(|passage| {
            let n = passage.text.lines().position(|l| l.trim() == quote)?;
            Some(Evidence {
                source: at_line(&passage.source, n as u32),
                quote: quote.to_owned(),
                note: None,
            })
        })
    }

    /// As [`Self::locate`], in the head side of the diff only.
    pub fn locate_in_diff(&self, quote: &str) -> Option<Evidence> {
        let passages = self.passages.iter();
        let passages = passages
            .filter(|p| matches!(p.source, Source::Diff { side: Side::New, .. }))
            .cloned()
            .collect();
        Self { passages }.locate(quote)
    }

    /// Ids by which a tool named issues: the short id where there is one.
    pub fn issues(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for passage in &self.passages {
            if let Source::Issue { id, short_id, .. } = &passage.source {
                let name = short_id.as_ref().unwrap_or(id);
                if !ids.contains(name) {
                    ids.push(name.clone());
                }
            }
        }
        ids
    }

    /// Evidence for an issue that a tool named, by id or short id.
    pub fn issue(&self, name: &str) -> Option<Evidence> {
        self.passages.iter().find_map(|passage| match &passage.source {
            Source::Issue { id, short_id, .. }
                if id == name || short_id.as_deref() == Some(name) =>
            {
                let quote = passage.text.lines().next().unwrap_or_default().trim().to_owned();
                Some(Evidence { source: passage.source.clone(), quote, note: None })
            }
            _ => None,
        })
    }

    /// Paths that were shown, in order, each once.
    /// Of a renamed file it is the head's, the only one that can be read.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for passage in &self.passages {
            let (Source::Diff { path, side: Side::New, .. }
            | Source::File { path, .. }
            | Source::Search { path, .. }) = &passage.source
            else {
                continue;
            };
            if !paths.contains(path) {
                paths.push(path.clone());
            }
        }
        paths
    }
}

/// Narrows a source to its `n`th line.
fn at_line(source: &Source, n: u32) -> Source {
    let mut source = source.clone();
    if let Source::Diff { start, end, .. }
    | Source::File { start, end, .. }
    | Source::Search { start, end, .. } = &mut source
    {
        *start = start.saturating_add(n).min(*end);
        *end = *start;
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.show([
            Passage {
                source: Source::Diff { path: "a.py".into(), start: 10, end: 12, side: Side::New },
                text: "def f(x):\n    return x.y\n)".into(),
            },
            Passage {
                source: Source::Issue { id: "1".into(), short_id: Some("S-1".into()), url: None },
                text: "S-1 KeyError\nmore".into(),
            },
        ]);
        ledger
    }

    #[test]
    fn a_quote_is_located_on_its_line() {
        let evidence = ledger().locate("return x.y").unwrap();
        assert_eq!(
            evidence.source,
            Source::Diff { path: "a.py".into(), start: 11, end: 11, side: Side::New }
        );
        assert!(ledger().locate("return x.z").is_none());
        assert!(ledger().locate_in_diff("S-1 KeyError").is_none());
    }

    #[test]
    fn punctuation_is_no_quote_and_issues_go_by_short_id() {
        assert_eq!(ledger().diff_quotes(9), ["def f(x):", "return x.y"]);
        assert_eq!(ledger().issues(), ["S-1"]);
        assert_eq!(ledger().issue("1").unwrap().quote, "S-1 KeyError");
    }
}
