//! Uses of values that can fail, calls among them, and whether one of them can raise
//! the error of a past failure.

use std::ops::Range;

use serde::Deserialize;

use super::table::{Cause, Names};
use crate::history::Past;
use crate::lang::CallSite;
use crate::review::origin::access::{Access, Style, Use, accesses};
use crate::review::origin::source::{Source, fold, last, mentions};

/// What of a value raises an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Raises {
    /// A member of it is taken or called.
    Member,
    /// An element by key.
    Subscript,
    /// An element by number.
    Index,
    Division,
    /// A function of some name is called, with or without a receiver.
    Call,
    /// It is taken for another type.
    Cast,
    /// Its elements are gone through.
    Iteration,
    /// It is taken for present: `x!!`.
    Force,
}

/// A use in one version of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub used: Raises,
    /// What is used, white space folded; the receiver of a call, or nothing.
    pub subject: String,
    /// Member's or callee's name, or the key as written.
    pub key: String,
    /// Of a call, with its brackets; empty for others.
    pub arguments: String,
    /// The use as written, without white space.
    pub text: String,
    /// Whether it cannot fail (`?.`).
    pub safe: bool,
    pub store: bool,
    pub line: u32,
    pub range: Range<usize>,
}

/// All uses of a file, in the order of the text.
pub(super) fn spots(source: &Source<'_>, style: &Style) -> Vec<Spot> {
    let whole = 0..source.text.len();
    let mut spots: Vec<Spot> =
        accesses(source, style, &whole).into_iter().flat_map(|a| of_access(source, a)).collect();
    let calls = source.language.calls(&source.tree, &source.text);
    spots.extend(calls.into_iter().map(|call| of_call(source, call)));
    spots.sort_by_key(|s| (s.range.start, s.range.end));
    spots
}

fn of_access(source: &Source<'_>, access: Access) -> Vec<Spot> {
    let used = match access.used {
        Use::Member => Raises::Member,
        Use::Subscript => Raises::Subscript,
        Use::Division => Raises::Division,
        Use::Cast => Raises::Cast,
        Use::Iteration => Raises::Iteration,
        Use::Force => Raises::Force,
        // A call of a value; calls by name come from the language's tags.
        Use::Call => return Vec::new(),
    };
    if used == Raises::Member && access.key.starts_with('{') {
        return of_pattern(&access);
    }
    // A loop's text would be its whole body.
    let shown = match used {
        Raises::Iteration => access.subject.clone(),
        _ => source.slice(&access.range).to_owned(),
    };
    vec![Spot {
        used,
        safe: access.safe,
        text: without_space(&shown),
        subject: access.subject,
        key: access.key.trim_start_matches(['.', '?']).to_owned(),
        arguments: String::new(),
        store: access.store,
        line: access.line,
        range: access.range,
    }]
}

/// The members that a pattern takes: `{ a, b: c, d = 1, ...rest }` takes `a`, `b` and `d`.
fn of_pattern(access: &Access) -> Vec<Spot> {
    let inner = access.key.trim_start_matches('{').trim_end_matches('}');
    let mut depth = 0i32;
    let parts = inner.split(|c| {
        depth += match c {
            '{' | '[' | '(' => 1,
            '}' | ']' | ')' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    });
    let names = parts.filter_map(|part| part.split([':', '=']).next()).map(str::trim);
    let plain = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    };
    names
        .filter(plain)
        .map(|name| Spot {
            used: Raises::Member,
            text: without_space(&format!("{}.{name}", access.subject)),
            subject: access.subject.clone(),
            key: name.to_owned(),
            arguments: String::new(),
            safe: access.safe,
            store: false,
            line: access.line,
            range: access.range.clone(),
        })
        .collect()
}

fn of_call(source: &Source<'_>, call: CallSite) -> Spot {
    let shown = source.slice(&call.range);
    let receiver = call.receiver.unwrap_or_default();
    Spot {
        used: Raises::Call,
        safe: false,
        text: without_space(shown),
        subject: receiver,
        key: call.name,
        arguments: fold(arguments(source, &call.range)),
        store: false,
        line: call.line,
        range: call.range,
    }
}

/// The arguments of a call with their brackets; empty where it has none.
fn arguments<'s>(source: &'s Source<'_>, range: &Range<usize>) -> &'s str {
    let Some(node) = source.node(range) else { return "" };
    let mut cursor = node.walk();
    let listed = node.child_by_field_name("arguments").or_else(|| {
        let mut children = node.children(&mut cursor);
        children.find(|c| c.kind().contains("arguments") || c.kind() == "call_suffix")
    });
    listed.map(|n| source.slice(&n.byte_range())).unwrap_or_default()
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Identifiers of an expression, without strings and numbers.
pub(super) fn identifiers(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    // Every second part between quotes is a string's text.
    for part in text.split(['"', '\'', '`']).step_by(2) {
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        names.extend(
            part.split(|c| !word(c))
                .filter(|w| w.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$')),
        );
    }
    names
}

/// An argument of a call by its place among the positional ones, or by name.
pub(super) fn argument<'a>(arguments: &'a str, place: usize, name: &str) -> Option<&'a str> {
    let inner = arguments.strip_prefix('(').and_then(|a| a.strip_suffix(')'))?;
    let mut depth = 0i32;
    let parts: Vec<&str> = inner
        .split(|c| {
            depth += match c {
                '{' | '[' | '(' => 1,
                '}' | ']' | ')' => -1,
                _ => 0,
            };
            c == ',' && depth == 0
        })
        .map(str::trim)
        .collect();
    let named = parts.iter().find_map(|part| {
        let (left, right) = part.split_once(['=', ':'])?;
        (left.trim() == name).then(|| right.trim())
    });
    named.or_else(|| parts.get(place).copied().filter(|p| !p.is_empty()))
}

/// What a line gives a name.
pub(super) fn given<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (left, right) = line.split_once('=')?;
    let left = left.trim().trim_end_matches(':').trim();
    let right = right.trim().trim_end_matches(';');
    let bound = left.rsplit(' ').next()?.trim_start_matches('$');
    let whole = !right.is_empty() && !right.starts_with(['=', '~', '>']);
    (bound == name.trim_start_matches('$') && whole).then_some(right)
}

impl Spot {
    /// Whether it can raise the error of the failure: by the name that its message
    /// gives, taken of what stands on the line that crashed, if that is known; else
    /// because that line holds the same use.
    pub fn raises(&self, source: &Source<'_>, cause: &Cause<'_>, past: &Past) -> bool {
        let (rule, key) = (cause.rule, cause.key.as_deref());
        if !self.fits(source, cause) {
            return false;
        }
        let value = last(cause.words.value(&self.subject)).trim();
        let known = |line: &str| {
            value.is_empty()
                || mentions(line, value)
                || self.stands_for(source, value).is_some_and(|other| mentions(line, other))
        };
        if key.is_some() && !cause.crashed.as_deref().is_none_or(known) {
            return false;
        }
        let on_line = || cause.crashed.as_deref().is_some_and(|line| self.is_on(line, cause));
        if let (Names::Value, Some(key)) = (rule.row.names, key) {
            return self.member().is_some() && without_space(&self.subject) == key;
        }
        match rule.row.used {
            Raises::Member => match key {
                Some(key) => self.member() == Some(key) || self.is_of(key, cause),
                None => self.used == Raises::Member && on_line(),
            },
            Raises::Subscript => {
                self.used == Raises::Subscript
                    && !self.store
                    && match (key, self.literal()) {
                        (Some(key), Some(literal)) => key == literal,
                        // A name whose value is known to be, or to have been, the key.
                        (Some(key), None) => {
                            self.is_constant(source, key) || self.held(past, key) && on_line()
                        }
                        (None, _) => on_line(),
                    }
            }
            Raises::Index => self.used == Raises::Subscript && !self.key.contains(':') && on_line(),
            Raises::Call => {
                self.used == Raises::Call
                    && match key {
                        Some(key) => self.passes(key),
                        None => self.varies() && on_line(),
                    }
            }
            Raises::Division => {
                let number = |c: char| c.is_ascii_digit() || c == '.' || c == '_';
                self.used == Raises::Division && !self.subject.chars().all(number) && on_line()
            }
            used @ (Raises::Cast | Raises::Iteration | Raises::Force) => {
                self.used == used && on_line()
            }
        }
    }

    /// Whether it can fail at all, and has the shape that the rule asks for.
    pub fn fits(&self, source: &Source<'_>, cause: &Cause<'_>) -> bool {
        let rule = cause.rule;
        let fits = |pattern: &Option<regex::Regex>, text: &str| {
            pattern.as_ref().is_none_or(|p| p.is_match(text))
        };
        // `self` is never missing.
        let object =
            self.used == Raises::Member && source.language.self_names().contains(&self.subject);
        !self.safe
            && !object
            && fits(&rule.named, &self.key)
            && fits(&rule.arguments, &self.arguments)
            && fits(&rule.line, source.line(self.line))
    }

    /// Whether a source line holds the same use.
    pub fn is_on(&self, line: &str, cause: &Cause<'_>) -> bool {
        match self.used {
            Raises::Division => mentions(line, last(&self.subject)),
            // A loop, an unpacking assignment, a spread.
            Raises::Iteration => {
                mentions(line, last(&self.subject))
                    && ["for", "=", "..."].iter().any(|mark| line.contains(mark))
            }
            // The same function of the same values, however they are put.
            Raises::Call => {
                let twin = |name: &&str| is_twin(name, &self.key, cause);
                (mentions(line, &self.key) || identifiers(line).iter().any(twin))
                    && identifiers(&self.subject).iter().all(|n| mentions(line, n))
                    && identifiers(&self.arguments).iter().all(|n| mentions(line, n))
            }
            _ => without_space(line).contains(&self.text),
        }
    }

    /// Whether it takes another member of what had none on the line that crashed.
    pub fn is_of(&self, key: &str, cause: &Cause<'_>) -> bool {
        let failed = format!("{}.{key}", without_space(&self.subject));
        self.used == Raises::Member
            && self.subject.contains('.')
            && cause.crashed.as_deref().is_some_and(|line| without_space(line).contains(&failed))
    }

    /// The name of the member; one taken by a literal key counts (`x["name"]`).
    fn member(&self) -> Option<&str> {
        match self.used {
            Raises::Member => Some(&self.key),
            Raises::Subscript if !self.store => self.literal().or(Some(&self.key)),
            _ => None,
        }
    }

    /// The text of a key that is a string literal, or a number.
    fn literal(&self) -> Option<&str> {
        let key = self.key.trim().trim_start_matches('[').trim_end_matches(']');
        let inner = key.strip_prefix(['"', '\'']).and_then(|k| k.strip_suffix(['"', '\'']));
        let number = (!key.is_empty() && key.chars().all(|c| c.is_ascii_digit())).then_some(key);
        inner.or_else(|| key.strip_prefix(':')).or(number)
    }

    /// The name by which the value was called before the use: `data = payload`.
    pub fn stands_for<'s>(&self, source: &'s Source<'_>, name: &str) -> Option<&'s str> {
        let right = self.given(source, name)?;
        let path = |c: char| c.is_alphanumeric() || "_.$".contains(c);
        (right.chars().all(path)
            && right.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$'))
        .then(|| last(right))
    }

    /// What a line of the function before the use gives a name, the last such line.
    pub fn given<'s>(&self, source: &'s Source<'_>, name: &str) -> Option<&'s str> {
        let from = source.function(&self.range).map_or(1, |f| f.start);
        (from..self.line).rev().find_map(|n| given(source.line(n), name))
    }

    /// Whether the key is a name that the file gives that text, once.
    fn is_constant(&self, source: &Source<'_>, key: &str) -> bool {
        let name = self.key.trim_matches(['[', ']']).trim();
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            return false;
        }
        let given = |line: &&str| {
            let Some((left, right)) = line.split_once('=') else { return false };
            let right = right.trim().trim_end_matches([';', ',']);
            mentions(left, name)
                && right.strip_prefix(['"', '\'']).and_then(|r| r.strip_suffix(['"', '\'']))
                    == Some(key)
        };
        source.text.lines().filter(given).count() == 1
    }

    /// Whether the variable that is the key held that value in a stored event.
    fn held(&self, past: &Past, key: &str) -> bool {
        let name = self.key.trim_matches(['[', ']']);
        past.sample
            .values
            .iter()
            .filter(|v| v.name == name)
            .flat_map(|v| &v.seen)
            .any(|(value, _)| value.trim_matches(['\'', '"']) == key)
    }

    /// Whether an argument is that literal.
    fn passes(&self, key: &str) -> bool {
        let literal = |form: &str| self.arguments.contains(form);
        literal(&format!("\"{key}\""))
            || literal(&format!("'{key}'"))
            || mentions(&self.arguments, key)
                && (literal(&format!(":{key}")) || key.chars().all(|c| c.is_ascii_digit()))
    }

    /// Names of the value and of the arguments.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let value = Some(last(&self.subject)).filter(|v| !v.is_empty());
        value.into_iter().chain(identifiers(&self.arguments))
    }

    /// Whether the result depends on a value: `int("5")` cannot begin to fail.
    fn varies(&self) -> bool {
        let arguments = self.arguments.trim_matches(['(', ')']).trim();
        match arguments {
            "" => !identifiers(&self.subject).is_empty(),
            text => !identifiers(text).is_empty() || !identifiers(&self.subject).is_empty(),
        }
    }

    /// The member's name, or the key without its quotes.
    pub fn name(&self) -> &str {
        self.literal().unwrap_or(&self.key)
    }

    /// Whether another use is the same but for the value: what a rename leaves alone, and
    /// `a["items"]` written as `a.items`.
    pub fn is_like(&self, other: &Self, cause: &Cause<'_>) -> bool {
        match (self.used, other.used) {
            (Raises::Member, Raises::Subscript) => other.literal() == Some(&self.key),
            (Raises::Subscript, Raises::Member) => self.literal() == Some(&other.key),
            (one, two) if one != two => false,
            (Raises::Division | Raises::Iteration | Raises::Force | Raises::Cast, _) => {
                last(&self.subject) == last(&other.subject)
            }
            (Raises::Subscript, _) => self.name() == other.name(),
            (Raises::Call, _) => self.key == other.key || is_twin(&self.key, &other.key, cause),
            _ => self.key == other.key,
        }
    }

    /// Whether another use is the same of the same value.
    pub fn is_same(&self, other: &Self, cause: &Cause<'_>) -> bool {
        self.is_like(other, cause) && self.subject == other.subject
    }
}

/// Whether two functions take a value for present alike: `unwrap`, `expect`.
fn is_twin(one: &str, other: &str, cause: &Cause<'_>) -> bool {
    let named = |name: &str| cause.rule.named.as_ref().is_some_and(|n| n.is_match(name));
    cause.rule.row.kind == "null_dereference" && named(one) && named(other)
}
