//! Whether what failed is seen to elsewhere: by another line of the change, by the function
//! that gives the value, or by other code of the file and the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Search;
use super::expose::Mend;
use super::spot::{Spot, identifiers};
use crate::lang::Definition;
use crate::review::origin::source::{folder, last, mentions};

/// Files of a folder that are asked for a check.
const NEIGHBOURS: usize = 60;

impl Search<'_> {
    /// Names of what failed: what the use is of, and what the failed function was given.
    /// Those that are members, which other files know by this name too, are true.
    fn telling(&self, spot: &Spot) -> BTreeMap<String, bool> {
        let source = &self.pair.head.source;
        let right = self.cause.expression();
        let known = |name: &&str| mentions(right, name) || mentions(right, &format!("${name}"));
        let mut names: BTreeSet<&str> = match self.cause.rule.is_any() {
            true => parts(source.line(spot.line)).filter(|n| *n != spot.key).collect(),
            false => parts(&spot.arguments).chain(parts(&spot.subject)).collect(),
        };
        let given: Vec<&str> =
            names.iter().filter_map(|name| spot.given(source, name)).flat_map(parts).collect();
        names.extend(given);
        names.retain(known);
        // What the failed function took in, and its line does not name.
        let vars = &self.past.found.frame.vars;
        let mut vars: Vec<&str> =
            vars.iter().map(|(name, _)| name.trim_start_matches('$')).collect();
        if vars.iter().any(known) {
            vars.clear();
        }
        let member = |name: &str| {
            [".", "->", "@", "::"].iter().any(|mark| right.contains(&format!("{mark}{name}")))
        };
        let own = source.language.self_names();
        let all = names.into_iter().chain(vars).filter(|n| !own.iter().any(|o| o == n));
        all.map(|name| (name.to_owned(), member(name))).collect()
    }

    /// Whether another line may see to what failed: one that the change adds to any of its
    /// files, or one outside the function that asks about it, in the same file or, where the
    /// value goes by that name there too, in another one of the folder.
    pub(super) fn is_taken_over(
        &self,
        spot: &Spot,
        function: &Definition,
        mend: Option<&Mend>,
    ) -> bool {
        let telling = self.telling(spot);
        let asks = |line: &str, only_members: bool| self.asks(line, &telling, mend, only_members);
        let added = self.pairs.iter().any(|pair| {
            let source = pair.head.source;
            pair.lines.added.iter().any(|n| {
                let own = std::ptr::eq(pair, self.pair) && *n == spot.line;
                let line = source.line(*n);
                !own && !source.language.is_comment(line) && asks(line, false)
            })
        });
        if added || self.is_given_otherwise(spot, function) {
            return true;
        }
        self.pairs.iter().any(|pair| {
            let source = pair.head.source;
            let here = std::ptr::eq(pair, self.pair);
            // The failed function's own file asked before it failed, too.
            if here && mend.is_none() {
                return false;
            }
            (1..).zip(source.text.lines()).any(|(n, line)| {
                let own = here && (function.start..=function.end).contains(&n);
                !own && !source.language.is_comment(line) && asks(line, !here)
            })
        }) || self.neighbours().iter().any(|text| text.lines().any(|line| asks(line, true)))
    }

    /// Whether a line may ask about what failed, or holds what the mend asked about.
    fn asks(
        &self,
        line: &str,
        telling: &BTreeMap<String, bool>,
        mend: Option<&Mend>,
        only_members: bool,
    ) -> bool {
        let words = self.cause.words;
        if !words.asks.is_match(line) && !words.shields.is_match(line) {
            return false;
        }
        // It may ask about another part of the value: `if "EREF+" in text`.
        let own = literals(self.cause.crashed.as_deref().unwrap_or_default());
        let others = literals(line);
        if !own.is_empty() && !others.is_empty() && others.iter().all(|t| !own.contains(t)) {
            return false;
        }
        let null = self.cause.rule.row.kind == "null_dereference";
        let about = |(name, member): (&String, &bool)| {
            (*member || !only_members)
                && mentions(line, name)
                // What takes a member of it does not ask whether it is there.
                && !(null && is_only_used(line, name))
        };
        telling.iter().any(about) || mend.is_some_and(|m| asked(&m.text).any(|n| mentions(line, n)))
    }

    /// Whether the value comes from a function that the change alters.
    fn is_given_otherwise(&self, spot: &Spot, function: &Definition) -> bool {
        let value = self.cause.words.value(&spot.subject);
        let Some(right) = spot.given(self.pair.head.source, value) else { return false };
        let names = identifiers(right);
        self.pairs.iter().any(|pair| {
            let altered = |d: &&Definition| {
                d.kind.is_callable()
                    && d.name != function.name
                    && pair.lines.added.range(d.start..=d.end).next().is_some()
            };
            let mut altered = pair.head.source.definitions.iter().filter(altered);
            altered.any(|d| names.contains(&d.name.as_str()))
        })
    }

    /// Texts of the other files of the folder, of the same language and no tests.
    pub(super) fn neighbours(&self) -> Vec<Arc<str>> {
        let head = self.scene.head;
        let source = self.pair.head.source;
        let wanted = |path: &str| {
            let languages = head.languages();
            !self.pairs.iter().any(|p| p.head.source.path == path)
                && !languages.is_test_path(path)
                && languages.of(path, "").is_some_and(|l| l.family() == source.language.family())
        };
        folder(head.snapshot(), &source.path, NEIGHBOURS, wanted)
    }
}

/// The last names of the paths in an expression: `country` of `upper(customer.country)`.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let path = |c: char| c.is_alphanumeric() || "_$.?>:-@".contains(c);
    // Of a type or a module: `CultureInfo.InvariantCulture`.
    let constant = |part: &&str| part.contains('.') && part.starts_with(char::is_uppercase);
    text.split(move |c| !path(c))
        .filter(move |part| !constant(part))
        .map(|part| last(part.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')))
        .filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$'))
}

/// Members that a line asks about; of what it calls, others call the same.
fn asked(text: &str) -> impl Iterator<Item = &str> {
    let is_called =
        |name: &str| ["(", "?", "!"].iter().any(|end| text.contains(&format!("{name}{end}")));
    parts(text).filter(move |name| text.contains(&format!(".{name}")) && !is_called(name))
}

/// Whether a name stands in a line only where a member of it is taken.
pub(super) fn is_only_used(line: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    line.match_indices(name).all(|(at, _)| {
        let rest = &line[at + name.len()..];
        line[..at].ends_with(word) || rest.starts_with(word) || rest.starts_with(['.'])
    })
}

/// Texts between quotes.
fn literals(line: &str) -> Vec<&str> {
    line.split(['"', '\'', '`']).skip(1).step_by(2).collect()
}
