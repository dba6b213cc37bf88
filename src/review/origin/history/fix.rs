//! What to do about a failure that a change exposes again.

use regex::Regex;

use super::Pair;
use super::expose::{Exposed, Mend};
use crate::finding::Fix;
use crate::review::origin::patch;
use crate::review::origin::source::{fold, mentions, removal_point};

impl Pair<'_> {
    /// Restores the removed line where it alone took the place of the new one.
    pub(super) fn fix(&self, was: Option<&Mend>, exposed: &Exposed) -> Fix {
        let (head, spot) = (&self.head.source, &exposed.spot);
        let Some(Mend { line: n, text: old, .. }) = was else {
            let shown = fold(head.slice(&spot.range));
            let shown = shown.lines().next().unwrap_or_default();
            let text = format!(
                "Guard `{}` against the value that failed.",
                crate::plain::line(shown, 120)
            );
            return Fix { text, patch: None };
        };
        let text = format!("Keep the guarded form: `{}`.", old.trim());
        // Same place: the same text stands before the `=`.
        let target = |line: &str| line.split_once('=').map(|(left, _)| left.trim_end().to_owned());
        let new = head.line(spot.line);
        let word = Regex::new(r"[A-Za-z_]\w*").ok();
        let known = word.is_some_and(|w| {
            w.find_iter(old).all(|m| {
                mentions(&head.text, m.as_str())
                    || mentions(old, m.as_str()) && is_method(old, m.as_str())
            })
        });
        let fits = self.lines.added.contains(&spot.line)
            && target(old).is_some()
            && target(old) == target(new)
            && removal_point(self.file, *n).is_some_and(|at| at.abs_diff(spot.line) <= 3)
            && known;
        let lines = [old.clone()];
        let patch =
            fits.then(|| patch::replace(&head.path, &head.text, spot.line, 1, &lines)).flatten();
        Fix { text, patch }
    }
}

/// Whether a name stands behind a dot, and so needs no import.
fn is_method(line: &str, name: &str) -> bool {
    line.contains(&format!(".{name}"))
}
