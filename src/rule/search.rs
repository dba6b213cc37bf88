//! Finds what a change introduces that a rule names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use ast_grep_config::RuleCore;
use ast_grep_core::matcher::MatcherExt;
use ast_grep_core::meta_var::MetaVariable;
use ast_grep_core::{AstGrep, NodeMatch};
use regex::Regex;

use crate::index::Source;
use crate::lang::name::{binds, root};
use crate::lang::{Definition, Guard, Language};
use crate::plain::fold;

use super::grammar::Grammar;
use super::{Document, Past, Rule};

/// Most characters of a variable's text within a sentence.
const SHOWN: usize = 60;

/// Kinds of guards that ask about a value before it is used.
const ASKING: [&str; 8] = [
    "assert",
    "auth",
    "bounds_check",
    "error_check",
    "key_check",
    "null_check",
    "type_check",
    "zero_check",
];

/// What the repository knows beyond one file.
pub trait Known {
    /// Signatures of all definitions of that name that a file of the language may mean;
    /// none if it is unknown, or so common that the name alone says nothing.
    fn signatures(&self, name: &str, language: &Language) -> Vec<String>;

    /// Texts of the file and of those of its language in the same folder.
    fn folder(&self, source: &Source<'_>) -> Vec<Arc<str>>;
}

/// A file of the change on both sides.
pub struct Pair<'a> {
    pub base: Option<&'a Source<'a>>,
    pub head: Option<&'a Source<'a>>,
    /// Lines of the head that are new.
    pub added: BTreeSet<u32>,
    /// Lines of the base that are gone.
    pub removed: BTreeSet<u32>,
    /// Whether it holds tests.
    pub test: bool,
}

/// Lines of the base that a change replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    pub start: u32,
    pub end: u32,
}

/// A place that a rule names, with the rule's words about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    pub rule: String,
    pub kind: String,
    pub severity: f64,
    pub prior: Option<f64>,
    /// Lines of the head.
    pub start: u32,
    pub end: u32,
    /// Qualified name of the function around it.
    pub function: Option<String>,
    pub title: String,
    pub mechanism: String,
    pub assumption: String,
    pub refute: Vec<String>,
    pub fix: Option<String>,
    /// What the function held before, where the rule asks for it.
    pub former: Option<Former>,
}

/// A match before anything but its shape was looked at.
struct Raw {
    rule: usize,
    /// Bytes of the place, and of all that matched.
    at: Range<usize>,
    start: u32,
    end: u32,
    names: BTreeMap<String, String>,
}

impl Raw {
    /// What makes two places the same wherever they stand.
    fn signature(&self, source: &Source<'_>) -> String {
        let names: Vec<&str> = self.names.values().map(String::as_str).collect();
        format!("{}\0{}", fold(source.slice(&self.at)), names.join("\0"))
    }
}

/// Finds what a change introduces: the index of its file, and the match, in the order
/// of files and lines.
///
/// `rules` holds the compiled rules of each language by its name.
pub fn introduced(
    rules: &HashMap<String, Vec<Rule>>,
    files: &[Pair<'_>],
    known: &dyn Known,
) -> Vec<(usize, Match)> {
    // Places on added lines, and how often the change held each before.
    let mut fresh: Vec<(usize, Raw)> = Vec::new();
    let mut held: HashMap<(&str, String), i64> = HashMap::new();
    for (n, pair) in files.iter().enumerate() {
        let Some(head) = &pair.head else { continue };
        let Some(rules) = rules.get(&head.language.name) else { continue };
        let counting = (0..rules.len()).filter(|r| rules[*r].counts(head, pair.test));
        let (kept, usual): (Vec<usize>, Vec<usize>) =
            counting.partition(|r| rules[*r].before.as_ref().is_some_and(|b| b.kept));
        let near = Some(&*neighbourhood(head, &pair.added));
        let new = |raw: &Raw| pair.added.range(raw.start..=raw.end).next().is_some();
        let found = search(rules, &usual, head, near).into_iter().filter(new);
        fresh.extend(found.map(|raw| (n, raw)));
        // What went is around the place, wherever that is.
        let removes = !pair.removed.is_empty();
        let found = search(rules, &kept, head, near.filter(|_| !removes)).into_iter();
        fresh.extend(found.filter(|raw| removes || new(raw)).map(|raw| (n, raw)));
    }
    if fresh.is_empty() {
        return Vec::new();
    }
    fresh.sort_by_key(|(n, raw)| (*n, raw.at.start, raw.rule));
    for pair in files {
        let sides = [(pair.head, false), (pair.base, true)];
        for (source, is_base) in sides {
            let Some(source) = source else { continue };
            let Some(rules) = rules.get(&source.language.name) else { continue };
            let asked: BTreeSet<usize> = fresh
                .iter()
                .filter_map(|(n, raw)| {
                    let language = &files[*n].head.as_ref()?.language.name;
                    (*language == source.language.name).then_some(raw.rule)
                })
                .filter(|r| is_base || rules[*r].counts(source, pair.test))
                .collect();
            let some: Vec<usize> = asked.into_iter().collect();
            for raw in search(rules, &some, source, None) {
                let kept = rules[raw.rule].before.as_ref().is_some_and(|b| b.kept);
                let new = pair.added.range(raw.start..=raw.end).next().is_some();
                let change = match is_base {
                    true => 1,
                    // What is new was not held before.
                    false if new || kept && !pair.removed.is_empty() => 0,
                    false => -1,
                };
                *held.entry((&rules[raw.rule].id, raw.signature(source))).or_default() += change;
            }
        }
    }
    let mut found = Vec::new();
    for (n, raw) in fresh {
        let pair = &files[n];
        let Some(head) = &pair.head else { continue };
        let Some(rule) = rules.get(&head.language.name).and_then(|r| r.get(raw.rule)) else {
            continue;
        };
        let kept = rule.before.as_ref().is_some_and(|b| b.kept);
        let left = held.entry((&rule.id, raw.signature(head))).or_default();
        if !kept && *left > 0 {
            *left -= 1;
            continue;
        }
        let is_known =
            || rule.is_defined(&raw, head.language, known) && rule.is_declared(&raw, head, known);
        if !rule.tests && is_in_test(head, &raw.at) || rule.is_silenced(&raw, head) || !is_known() {
            continue;
        }
        let former = match rule.former(&raw, pair) {
            Ok(former) => former,
            Err(Held) => continue,
        };
        found.push((n, rule.describe(raw, head, former)));
    }
    found
}

/// The base did not hold what the rule asks for, or the head still does.
struct Held;

/// The lines of the functions that hold these lines, and what stands in none: a rule looks
/// around a place no further than its function.
fn neighbourhood(source: &Source<'_>, lines: &BTreeSet<u32>) -> Vec<RangeInclusive<u32>> {
    let mut near: Vec<RangeInclusive<u32>> = Vec::new();
    for line in lines {
        if near.last().is_some_and(|range| range.contains(line)) {
            continue;
        }
        let around = source
            .definitions
            .iter()
            .filter(|d| d.kind.is_callable() && (d.start..=d.end).contains(line))
            .max_by_key(|d| d.end - d.start);
        near.push(around.map_or(*line..=*line, |d| d.start..=d.end));
    }
    near
}

/// All places of a file that some of the rules name, in the order of the text; only such
/// as touch those lines, if any are given.
fn search(
    rules: &[Rule],
    some: &[usize],
    source: &Source<'_>,
    near: Option<&[RangeInclusive<u32>]>,
) -> Vec<Raw> {
    let Some(first) = some.first() else { return Vec::new() };
    let document = document(source, &rules[*first].grammar);
    let mut found = Vec::new();
    let mut nodes = vec![document.root()];
    while let Some(node) = nodes.pop() {
        let (start, end) = (node.start_pos().line() as u32 + 1, node.end_pos().line() as u32 + 1);
        if near.is_some_and(|near| !near.iter().any(|r| start <= *r.end() && *r.start() <= end)) {
            continue;
        }
        let children: Vec<_> = node.children().collect();
        nodes.extend(children.into_iter().rev());
        for n in some.iter().filter(|n| rules[**n].may_match(node.kind_id())) {
            let rule = &rules[*n];
            if let Some(matched) = rule.matcher.match_node(node.clone()) {
                found.push(raw(*n, rule.at.as_deref(), &matched));
            }
        }
    }
    // One place counts once for a rule, however many nodes around it match.
    let mut seen = BTreeSet::new();
    found.retain(|raw| seen.insert((raw.rule, raw.at.start, raw.at.end)));
    found
}

fn document(source: &Source<'_>, grammar: &Grammar) -> AstGrep<Document> {
    AstGrep::doc(Document {
        src: source.text.to_string(),
        lang: grammar.clone(),
        tree: source.tree.clone(),
    })
}

fn raw(rule: usize, at: Option<&str>, matched: &NodeMatch<'_, Document>) -> Raw {
    let env = matched.get_env();
    let place = at.and_then(|name| env.get_match(name)).unwrap_or(matched.get_node());
    let names = env.get_matched_variables().filter_map(|variable| match variable {
        MetaVariable::Capture(name, _) => {
            let text = env.get_match(&name)?.text().into_owned();
            Some((name, text))
        }
        _ => None,
    });
    Raw {
        rule,
        at: place.range(),
        start: place.start_pos().line() as u32 + 1,
        end: place.end_pos().line() as u32 + 1,
        names: names.collect(),
    }
}

impl Rule {
    /// Whether the rule looks at the file at all.
    fn counts(&self, source: &Source<'_>, test: bool) -> bool {
        let mentioned =
            self.mentions.is_empty() || self.mentions.iter().any(|w| source.text.contains(w));
        mentioned && (self.tests || !test)
    }

    /// Whether something around a match makes it safe.
    fn is_silenced(&self, raw: &Raw, source: &Source<'_>) -> bool {
        let (from, _) = new_lines(source, &raw.at);
        let given = |variable: &String| {
            let name = raw.names.get(variable).map_or("", String::as_str);
            (from..raw.start).any(|n| binds(source.line(n), name))
        };
        if self.unless.assigned.iter().any(given) {
            return true;
        }
        if self.unless.guarded.is_empty() && !self.unless.handled {
            return false;
        }
        let within = source.function(&raw.at).map_or(0..source.text.len(), |f| f.range.clone());
        let near = || {
            source
                .guards()
                .iter()
                .filter(|g| within.start <= g.range.start && g.range.end <= within.end)
        };
        let handled = self.unless.handled
            && near().any(|g| g.kind == "try" && g.start <= raw.start && raw.end <= g.end);
        let asks = |g: &Guard, name: &str| {
            let subject = g.subject.as_deref().unwrap_or_default();
            ASKING.contains(&g.kind.as_str())
                && (fold(subject) == fold(name) || g.names.iter().any(|n| n == name))
        };
        handled
            || self.unless.guarded.iter().any(|variable| {
                raw.names.get(variable).is_some_and(|name| near().any(|g| asks(g, name)))
            })
    }

    /// Whether what the rule says of definitions is true of all that are known, and
    /// one is.
    fn is_defined(&self, raw: &Raw, language: &Language, known: &dyn Known) -> bool {
        self.defined.iter().all(|(variable, pattern)| {
            let name = raw.names.get(variable).map(String::as_str).unwrap_or_default();
            let signatures = known.signatures(name, language);
            !signatures.is_empty() && signatures.iter().all(|s| pattern.is_match(s))
        })
    }

    /// Whether what the rule says of declarations is true in the folder of the file.
    fn is_declared(&self, raw: &Raw, source: &Source<'_>, known: &dyn Known) -> bool {
        let any = |text: &String| {
            let Ok(pattern) = Regex::new(&expression(text, &raw.names)) else { return false };
            known.folder(source).iter().any(|text| pattern.is_match(text))
        };
        self.declared.iter().all(any) && !self.undeclared.iter().any(any)
    }

    /// What the same function held before, if the rule asks for it.
    fn former(&self, raw: &Raw, pair: &Pair<'_>) -> Result<Option<Former>, Held> {
        let Some(Past { rule: before, same, .. }) = &self.before else { return Ok(None) };
        let (Some(base), Some(head)) = (&pair.base, &pair.head) else { return Err(Held) };
        // What the change gives another value need not be what it was.
        let (from, to) = new_lines(head, &raw.at);
        let given = |name: &String| {
            let name = raw.names.get(name).map_or("", |n| root(n));
            let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '@');
            is_name
                && pair
                    .added
                    .range(from..=to)
                    .any(|n| *n != raw.start && binds(head.line(*n), name))
        };
        if same.iter().any(given) {
            return Err(Held);
        }
        // A function that is new lost nothing.
        let (old, new) = match head.function(&raw.at) {
            Some(new) => {
                let old = base.only(&new.qualified).ok_or(Held)?;
                (old.range.clone(), new.range.clone())
            }
            None => (0..base.text.len(), 0..head.text.len()),
        };
        let former = self.places(before, same, raw, base, &old);
        let still = self.places(before, same, raw, head, &new);
        if still.len() >= former.len() {
            return Err(Held);
        }
        let gone = |f: &&Former| (f.start..=f.end).any(|n| pair.removed.contains(&n));
        former.iter().find(gone).cloned().map(Some).ok_or(Held)
    }

    /// Lines within some bytes that match, with the same variables as a match.
    fn places(
        &self,
        matcher: &RuleCore,
        same: &[String],
        raw: &Raw,
        source: &Source<'_>,
        within: &Range<usize>,
    ) -> Vec<Former> {
        let document = document(source, &self.grammar);
        let inside = |r: &Range<usize>| within.start <= r.start && r.end <= within.end;
        let mut found = Vec::new();
        for node in document.root().dfs().filter(|n| inside(&n.range())) {
            let Some(matched) = matcher.match_node(node) else { continue };
            let env = matched.get_env();
            let equal = |name: &String| {
                let text = env.get_match(name).map(|n| bare(&n.text()));
                text == raw.names.get(name).map(|n| bare(n))
            };
            if same.iter().all(equal) {
                found.push(Former {
                    start: matched.start_pos().line() as u32 + 1,
                    end: matched.end_pos().line() as u32 + 1,
                });
            }
        }
        found
    }

    /// Puts the rule's words and a match together.
    fn describe(&self, raw: Raw, source: &Source<'_>, former: Option<Former>) -> Match {
        let function = source.function(&raw.at).map(|f| f.qualified.clone());
        let fill = |text: &str| {
            let mut text = text.trim().to_owned();
            for (name, value) in &raw.names {
                text = text.replace(&format!("{{{name}}}"), &shown(value));
            }
            text.replace("{line}", &raw.start.to_string())
        };
        Match {
            rule: self.id.clone(),
            kind: self.kind.clone(),
            severity: self.severity,
            prior: self.prior,
            start: raw.start,
            end: raw.end,
            function,
            title: fill(&self.title),
            mechanism: fill(&self.mechanism),
            assumption: fill(&self.assumption),
            refute: self.refute.iter().map(|q| fill(q)).collect(),
            fix: self.fix.as_deref().map(fill),
            former,
        }
    }
}

/// Whether some bytes stand in what its name shows to be a test.
fn is_in_test(source: &Source<'_>, at: &Range<usize>) -> bool {
    let around = |d: &&Definition| d.range.start <= at.start && at.end <= d.range.end;
    source.definitions.iter().filter(around).any(|d| source.language.is_test_name(&d.name))
}

/// Lines of the function around some bytes; of the file, without one.
fn new_lines(source: &Source<'_>, at: &Range<usize>) -> (u32, u32) {
    source.function(at).map_or((1, u32::MAX), |f| (f.start, f.end))
}

/// A regular expression over whole texts, by lines, with `{X}` replaced by the text of
/// `$X`.
pub(super) fn expression(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut text = format!("(?m){text}");
    for (name, value) in names {
        text = text.replace(&format!("{{{name}}}"), &regex::escape(value));
    }
    text
}

/// Without white space: what was broken over lines is the same on one.
fn bare(text: &str) -> String {
    text.split_whitespace().collect()
}

/// A variable's text for a sentence.
fn shown(text: &str) -> String {
    let text = fold(text);
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
