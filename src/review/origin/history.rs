//! Past production failures that the change makes possible again: a Sentry
//! issue that crashed in a changed function, and a use that can raise the same
//! error, which the change added or stripped of its check.
//!
//! `grammars/errors.toml` maps error types to uses. The name in the message
//! (`KeyError: 'currency'`) must be the one on the line; where a message names
//! nothing, the line that crashed must hold the same use.

use regex::Regex;
use serde::Deserialize;

use crate::asset::Assets;
use crate::change::ChangedFile;
use crate::finding::{Evidence, Fix, Hypothesis, Location, Origin, Side, Source as Place};
use crate::lang::{Definition, Guard};
use crate::sentry::FrameMatch;

use super::access::{Access, Style, Styles, Use, accesses};
use super::source::{
    Lines, Source, comparable, fold, in_hunk, last, mentions, quote, removal_point,
};
use super::{DraftError, Drafter, Scene, patch};

const FILE: &str = "grammars/errors.toml";
/// Issues that are looked at for each function.
const ISSUES: usize = 20;
/// From this score on a frame surely lies in the function; see `sentry::frame`.
const SURE: u32 = 60;

pub(super) struct History {
    pub assets: Assets,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    error: Vec<Row>,
}

/// An error type and what raises it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    types: Vec<String>,
    languages: Vec<String>,
    #[serde(rename = "use")]
    used: Raises,
    message: String,
    kind: String,
    severity: f64,
    fails: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Raises {
    Member,
    /// An element by key.
    Subscript,
    /// An element by number.
    Index,
    Division,
    /// `.fetch(key)` without a default.
    Fetch,
    /// `.unwrap()`, `.expect()`.
    Unwrap,
}

struct Rule {
    row: Row,
    message: Option<Regex>,
}

fn load(assets: &Assets) -> Result<Vec<Rule>, DraftError> {
    let text = assets.read(FILE)?.text;
    let table: Table = toml::from_str(&text)
        .map_err(|source| DraftError::Toml { file: FILE, source: Box::new(source) })?;
    table
        .error
        .into_iter()
        .map(|row| {
            let message = match row.message.as_str() {
                "" => None,
                text => Some(Regex::new(text).map_err(|source| DraftError::Pattern {
                    file: FILE,
                    source: Box::new(source),
                })?),
            };
            Ok(Rule { row, message })
        })
        .collect()
}

impl Drafter for History {
    fn name(&self) -> &'static str {
        "production history"
    }

    fn draft(&self, scene: &Scene<'_>) -> Result<Vec<Hypothesis>, DraftError> {
        if scene.sentry.is_empty()? {
            return Ok(Vec::new());
        }
        let (rules, styles) = (load(&self.assets)?, Styles::load(&self.assets)?);
        let languages = scene.head.languages();
        let mut found: Vec<Hypothesis> = Vec::new();
        for path in scene.files {
            let Some(file) = scene.change.file(path) else { continue };
            if !comparable(file) || languages.is_test_path(path) {
                continue;
            }
            let base = Source::read(languages, scene.base, file.base_path())?;
            let head = Source::read(languages, scene.head.snapshot(), path)?;
            let (Some(base), Some(head)) = (base, head) else { continue };
            let Some(style) = styles.of(&head) else { continue };
            let pair = Pair { file, lines: Lines::of(file), base, head, style };
            for function in pair.touched() {
                for issue in scene.sentry.by_function(path, &function.name, ISSUES)? {
                    if !issue.crash || issue.score < SURE || issue.path != *path {
                        continue;
                    }
                    let Some(exposed) =
                        rules.iter().find_map(|r| pair.exposed(r, &issue, function))
                    else {
                        continue;
                    };
                    let hypothesis = pair.hypothesis(
                        &exposed,
                        &issue,
                        function,
                        scene.config.prior.history_exposed,
                    );
                    // Two issues of one cause (other releases) are one bug.
                    match found
                        .iter_mut()
                        .find(|h| h.location == hypothesis.location && h.kind == hypothesis.kind)
                    {
                        Some(known) => known.evidence.extend(
                            hypothesis
                                .evidence
                                .into_iter()
                                .filter(|e| matches!(e.source, Place::Issue { .. })),
                        ),
                        None => found.push(hypothesis),
                    }
                }
            }
        }
        Ok(found)
    }
}

struct Pair<'a> {
    file: &'a ChangedFile,
    lines: Lines,
    base: Source<'a>,
    head: Source<'a>,
    style: &'a Style,
}

/// A use that can raise the issue's error again.
struct Exposed<'r> {
    row: &'r Row,
    access: Access,
    /// The name that the message and the line share.
    key: Option<String>,
    /// The change wrote the line, or only took its check away.
    added: bool,
}

impl Pair<'_> {
    /// Functions of the head that the change touches, innermost of their lines.
    fn touched(&self) -> Vec<&Definition> {
        let removed: Vec<u32> =
            self.lines.removed.iter().filter_map(|n| removal_point(self.file, *n)).collect();
        self.head
            .definitions
            .iter()
            .filter(|d| d.kind.is_callable() && !self.head.broken(d))
            .filter(|d| {
                let inside = |n: &u32| (d.start..=d.end).contains(n);
                self.lines.added.iter().any(inside) || removed.iter().any(inside)
            })
            .collect()
    }

    fn exposed<'r>(
        &self,
        rule: &'r Rule,
        issue: &FrameMatch,
        function: &Definition,
    ) -> Option<Exposed<'r>> {
        let error_type = issue.issue.error_type.as_deref()?;
        let language = &self.head.language.name;
        if !rule.row.types.iter().any(|t| t == error_type) || !rule.row.languages.contains(language)
        {
            return None;
        }
        let message = issue.issue.message.trim();
        let key = match &rule.message {
            Some(pattern) => {
                let groups = pattern.captures(message)?;
                ["key", "key2", "key3"]
                    .iter()
                    .find_map(|name| groups.name(name))
                    .map(|m| m.as_str().to_owned())
            }
            None => None,
        };
        let crash = issue.frame.line.and_then(|line| {
            issue.frame.context.iter().find(|(n, _)| *n == line).map(|(_, text)| text.as_str())
        });
        let old = self.base.only(&function.qualified);
        let before: Vec<Access> =
            old.map(|d| accesses(&self.base, self.style, &d.range)).unwrap_or_default();
        let old_guards = self.base.guards();
        let guards = self.head.guards();
        let within = |g: &Guard, d: &Definition| {
            d.range.start <= g.range.start && g.range.end <= d.range.end
        };
        for access in accesses(&self.head, self.style, &function.range) {
            if !self.raises(rule.row.used, &access, key.as_deref(), crash, issue) {
                continue;
            }
            let guarded = |guards: &[Guard], d: &Definition, a: &Access| {
                guards
                    .iter()
                    .filter(|g| within(g, d))
                    .any(|g| protects(g, a, error_type, key.as_deref()))
            };
            if guarded(&guards, function, &access) {
                continue;
            }
            let twins: Vec<&Access> = before
                .iter()
                .filter(|b| {
                    b.used == access.used && b.subject == access.subject && b.key == access.key
                })
                .filter(|b| !b.safe)
                .collect();
            // It was there before, as bare as now: the change brings nothing new.
            let bare = old.is_some_and(|d| twins.iter().any(|b| !guarded(&old_guards, d, b)));
            let added = self.lines.added.contains(&access.line);
            if bare || (twins.is_empty() && !added) {
                continue;
            }
            return Some(Exposed { row: &rule.row, access, key, added: added && twins.is_empty() });
        }
        None
    }

    fn raises(
        &self,
        used: Raises,
        access: &Access,
        key: Option<&str>,
        crash: Option<&str>,
        issue: &FrameMatch,
    ) -> bool {
        if access.safe {
            return false;
        }
        // Without a name in the message the crashed line must hold the same use.
        let same_line = || {
            crash.is_some_and(|line| {
                let shown = fold(self.head.slice(&access.range)).replace(' ', "");
                line.replace(' ', "").contains(&shown)
            })
        };
        match used {
            Raises::Member => {
                access.used == Use::Member
                    && match key {
                        Some(key) => access.key == key,
                        None => same_line(),
                    }
            }
            Raises::Subscript => {
                access.used == Use::Subscript
                    && !access.store
                    && match (key, access.literal()) {
                        (Some(key), Some(literal)) => key == literal,
                        // A variable key whose value is known to have been it.
                        (Some(key), None) => {
                            issue.frame.vars.iter().any(|(name, value)| {
                                *name == access.key && value.trim_matches(['\'', '"']) == key
                            }) && same_line()
                        }
                        (None, _) => same_line(),
                    }
            }
            Raises::Index => {
                access.used == Use::Subscript && !access.key.contains(':') && same_line()
            }
            Raises::Division => {
                access.used == Use::Division
                    && !access.subject.chars().all(|c| c.is_ascii_digit() || c == '.')
                    && crash.is_some_and(|line| mentions(line, last(&access.subject)))
            }
            Raises::Fetch => {
                let call =
                    self.head.node(&access.range).and_then(|n| n.child_by_field_name("arguments"));
                let arguments =
                    call.map(|n| fold(self.head.slice(&n.byte_range()))).unwrap_or_default();
                let first = arguments.trim_matches(['(', ')']).trim_matches([':', '\'', '"']);
                access.used == Use::Member && access.key == "fetch" && key == Some(first)
            }
            Raises::Unwrap => {
                access.used == Use::Member
                    && ["unwrap", "expect"].contains(&access.key.as_str())
                    && same_line()
            }
        }
    }

    fn hypothesis(
        &self,
        exposed: &Exposed<'_>,
        found: &FrameMatch,
        function: &Definition,
        prior: f64,
    ) -> Hypothesis {
        let (issue, access) = (&found.issue, &exposed.access);
        let path = self.head.path.as_str();
        let line = self.head.line(access.line).trim();
        let place = if in_hunk(self.file, access.line) {
            access.line
        } else {
            self.file.anchor(access.line).unwrap_or(access.line)
        };
        let name = issue.short_id.as_deref().unwrap_or(&issue.id);
        let shown_key = exposed.key.as_ref().map_or_else(String::new, |k| format!("`{k}`"));
        let fails = exposed.row.fails.replace("{key}", &shown_key).replace("  ", " ");
        let day =
            |t: i64| jiff::Timestamp::from_second(t).map(|t| t.strftime("%Y-%m-%d").to_string());
        let seen = issue.last_seen.and_then(|t| day(t).ok());
        let count = match &seen {
            Some(seen) => format!("{} events, last seen {seen}", issue.count),
            None => format!("{} events", issue.count),
        };
        let mut evidence = vec![
            Evidence {
                source: Place::File { path: path.to_owned(), start: access.line, end: access.line },
                quote: line.to_owned(),
                note: Some(if exposed.added {
                    "added by the change".to_owned()
                } else {
                    "no longer checked after the change".to_owned()
                }),
            },
            Evidence {
                source: Place::Issue {
                    id: issue.id.clone(),
                    short_id: issue.short_id.clone(),
                    url: issue.permalink.clone(),
                },
                quote: issue.title.clone(),
                note: Some(count.clone()),
            },
        ];
        if let Some(frame) = frame_quote(found, access, exposed.key.as_deref()) {
            evidence.push(Evidence {
                source: Place::Issue {
                    id: issue.id.clone(),
                    short_id: issue.short_id.clone(),
                    url: issue.permalink.clone(),
                },
                quote: frame,
                note: Some("where it crashed, with the values it had".to_owned()),
            });
        }
        let was = self.guarded_before(exposed, function);
        if let Some((n, text)) = &was {
            evidence.push(Evidence {
                source: Place::Diff {
                    path: self.base.path.clone(),
                    start: *n,
                    end: *n,
                    side: Side::Old,
                },
                quote: text.trim().to_owned(),
                note: Some("removed by the change".to_owned()),
            });
        }
        let (error, qualified) =
            (issue.error_type.as_deref().unwrap_or("error"), &function.qualified);
        Hypothesis {
            id: String::new(),
            origin: Origin::History,
            kind: exposed.row.kind.clone(),
            title: format!("`{}` can fail with {error} again", function.name),
            location: Location::line(path, place),
            symbol: Some(qualified.clone()),
            mechanism: format!(
                "`{qualified}` failed in production with {} ({name}, {count}). Line {} {fails}: `{line}`.",
                issue.title, access.line
            ),
            assumption: match &exposed.key {
                Some(key) => format!("the input that made {name} fail on `{key}` no longer occurs"),
                None => format!("the input that made {name} fail no longer occurs"),
            },
            questions: vec![format!("Can the input of {name} still reach `{qualified}`?")],
            prior,
            severity: if issue.count >= 100 {
                (exposed.row.severity + 0.1).min(1.0)
            } else {
                exposed.row.severity
            },
            evidence,
            fix: Some(self.fix(was.as_ref(), access)),
            checked: vec![
                format!("{name} crashed in this function"),
                format!(
                    "nothing in `{qualified}` guards this use, and before the change it was not there unguarded"
                ),
            ],
            unchecked: vec!["whether the callers of today can still send that input".to_owned()],
        }
    }

    /// The removed line that held the guarded form of the use.
    fn guarded_before(
        &self,
        exposed: &Exposed<'_>,
        function: &Definition,
    ) -> Option<(u32, String)> {
        let old = self.base.only(&function.qualified)?;
        let needle = exposed.key.clone().unwrap_or_else(|| exposed.access.subject.clone());
        self.lines
            .removed
            .range(old.start..=old.end)
            .map(|n| (*n, self.base.line(*n).to_owned()))
            .find(|(_, text)| {
                mentions(text, &needle) && mentions(text, last(&exposed.access.subject))
            })
    }

    /// Restores the removed line where it alone took the place of the new one.
    fn fix(&self, was: Option<&(u32, String)>, access: &Access) -> Fix {
        let Some((n, old)) = was else {
            let text = format!(
                "Guard `{}` against the value that failed.",
                fold(self.head.slice(&access.range))
            );
            return Fix { text, patch: None };
        };
        let text = format!("Keep the guarded form: `{}`.", old.trim());
        // Same place: the same text stands before the `=`.
        let target = |line: &str| line.split_once('=').map(|(left, _)| left.trim_end().to_owned());
        let new = self.head.line(access.line);
        let word = Regex::new(r"[A-Za-z_]\w*").ok();
        let known = word.is_some_and(|w| {
            w.find_iter(old).all(|m| {
                mentions(&self.head.text, m.as_str())
                    || mentions(old, m.as_str()) && is_method(old, m.as_str())
            })
        });
        let fits = self.lines.added.contains(&access.line)
            && target(old).is_some()
            && target(old) == target(new)
            && removal_point(self.file, *n).is_some_and(|at| at.abs_diff(access.line) <= 3)
            && known;
        let lines = [old.clone()];
        let patch = fits
            .then(|| patch::replace(&self.head.path, &self.head.text, access.line, 1, &lines))
            .flatten();
        Fix { text, patch }
    }
}

/// Whether a name stands behind a dot, and so needs no import.
fn is_method(line: &str, name: &str) -> bool {
    line.contains(&format!(".{name}"))
}

/// Whether a guard protects a use against an error.
fn protects(guard: &Guard, access: &Access, error_type: &str, key: Option<&str>) -> bool {
    let around = (guard.start..=guard.end).contains(&access.line);
    let plain = error_type.rsplit('.').next().unwrap_or(error_type);
    match guard.kind.as_str() {
        "try" => {
            let broad = [
                "Exception",
                "BaseException",
                "LookupError",
                "StandardError",
                "Error",
                "Throwable",
                "RuntimeException",
                "e",
                "err",
                "error",
            ];
            around
                && guard.line <= access.line
                && guard
                    .subject
                    .as_deref()
                    .is_none_or(|s| mentions(s, plain) || broad.iter().any(|b| mentions(s, b)))
        }
        "null_check" | "key_check" | "zero_check" | "bounds_check" | "type_check" | "assert"
        | "error_check" => {
            guard.range.start <= access.range.start
                && (guard.names.iter().any(|n| n == last(&access.subject) || access.subject == *n)
                    || key.is_some_and(|k| guard.text.contains(k) && guard.kind != "null_check"))
        }
        "default" => {
            // `x = x or {}` before the use.
            guard.range.start <= access.range.start
                && guard.subject.as_deref() == Some(access.subject.as_str())
                && !guard.text.contains(".get(")
        }
        _ => false,
    }
}

/// The crashed line and the values that matter.
fn frame_quote(found: &FrameMatch, access: &Access, key: Option<&str>) -> Option<String> {
    let frame = &found.frame;
    let line = frame.line?;
    let text = frame.context.iter().find(|(n, _)| *n == line).map(|(_, t)| t.trim())?;
    let mut shown = format!("{}:{line}  {text}", frame.filename.as_deref().unwrap_or(&found.path));
    let wanted = |name: &str| {
        name == super::source::root(&access.subject) || key == Some(name) || mentions(text, name)
    };
    for (name, value) in frame.vars.iter().filter(|(n, _)| wanted(n)).take(3) {
        let value: String = value.chars().take(160).collect();
        shown.push_str(&format!("\n{name} = {}", fold(&value)));
    }
    Some(quote(&shown, 5))
}
