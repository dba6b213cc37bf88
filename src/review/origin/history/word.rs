//! Says in words what a change exposes, with its evidence.

use super::expose::{Exposed, How, Mend};
use super::table::Cause;
use super::{Pair, Scene};
use crate::finding::{Evidence, Hypothesis, Location, Origin, Side, Source as Place};
use crate::history::Past;
use crate::plain;
use crate::review::origin::source::{fold, in_hunk, mentions, quote, root};
use crate::sentry::{Issue, describe};

/// Characters of an issue's title and of a source line within a sentence, of a value, and
/// of one within a sentence.
const TITLE: usize = 100;
const CODE: usize = 120;
const VALUE: usize = 160;
const SHORT: usize = 60;

impl Pair<'_> {
    pub(super) fn hypothesis(
        &self,
        exposed: &Exposed,
        past: &Past,
        cause: &Cause<'_>,
        scene: &Scene<'_>,
    ) -> Hypothesis {
        let (issue, spot, function) = (&past.found.issue, &exposed.spot, &exposed.function);
        let (row, path) = (&cause.rule.row, self.head.source.path.as_str());
        let code = self.head.source.line(spot.line).trim();
        let place = if in_hunk(self.file, spot.line) {
            spot.line
        } else {
            self.file.anchor(spot.line).unwrap_or(spot.line)
        };
        let name = issue.short_id.as_deref().unwrap_or(&issue.id);
        let key = cause.key.as_deref();
        let shown_key = key.map_or_else(String::new, |k| format!("`{}`", plain::line(k, 60)));
        let fails = row.fails.replace("{key}", &shown_key).replace("  ", " ");
        let fails = match &exposed.how {
            How::Back { .. } => {
                "stood in the stack of this crash, was gone since, and is back".to_owned()
            }
            How::Anew { value, .. } => {
                let value = plain::line(value, SHORT);
                format!("uses `{value}`, which was nothing in production, without asking")
            }
            _ => fails,
        };
        let count = count(issue);
        let before = || self.guarded_before(exposed, key);
        let was = match &exposed.how {
            How::Revived { mend, .. } => Some(mend.clone()),
            How::Again | How::Near(_) => before(),
            How::Anew { .. } | How::Back { .. } => None,
        };
        let qualified = &function.qualified;
        let again = format!("`{}` can fail with {} again", function.name, cause.error);
        let (title, failed, checked) = match &exposed.how {
            How::Again => {
                (again, format!("`{qualified}`"), format!("{name} crashed in this function"))
            }
            How::Revived { place, .. } => {
                (again, format!("`{place}`"), format!("{name} crashed in `{place}` on this use"))
            }
            How::Near(near) => (
                format!("`{}` can fail with {} as nearby code did", function.name, cause.error),
                format!("`{near}`"),
                format!("{name} crashed in `{near}` on the same use of the same value"),
            ),
            How::Back { place } => (
                again,
                format!("`{place}`"),
                format!("the line is that of a frame of {name}, and the base does not hold it"),
            ),
            How::Anew { place, value } => (
                format!("`{}` does not ask for `{}`", function.name, plain::line(value, SHORT)),
                format!("`{place}`"),
                format!(
                    "{name} crashed in `{place}`, where `{value}` was nothing, and no longer stands so"
                ),
            ),
        };
        let prior = &scene.config.prior;
        Hypothesis {
            id: String::new(),
            origin: Origin::History,
            rule: Some(exposed.how.name().to_owned()),
            kind: row.kind.clone(),
            title,
            location: Location::line(path, place),
            symbol: Some(qualified.clone()),
            mechanism: format!(
                "Line {} {fails}: `{}`.{} In production {failed} raised {}{} ({name}, {count}).",
                spot.line,
                plain::line(code, CODE),
                was.as_ref().map(Mend::gone).unwrap_or_default(),
                plain::line(&past.title(), TITLE),
                values(past, exposed, key),
            ),
            assumption: match key {
                Some(_) => {
                    format!("the input that made {name} fail on {shown_key} no longer occurs")
                }
                None => format!("the input that made {name} fail no longer occurs"),
            },
            questions: vec![format!("Can the input of {name} reach `{qualified}`?")],
            prior: match exposed.how {
                How::Again => prior.history_exposed,
                How::Near(_) => prior.history_near,
                How::Revived { .. } | How::Back { .. } => prior.history_revived,
                How::Anew { .. } => prior.history_anew,
            },
            severity: row.severity,
            evidence: self.evidence(exposed, past, cause, was.as_ref()),
            fix: Some(self.fix(was.as_ref(), exposed)),
            checked: vec![
                checked,
                format!(
                    "nothing in `{qualified}` guards this use, and before the change it was not there unguarded"
                ),
            ],
            unchecked: vec!["whether the callers of today can still send that input".to_owned()],
        }
    }

    fn evidence(
        &self,
        exposed: &Exposed,
        past: &Past,
        cause: &Cause<'_>,
        was: Option<&Mend>,
    ) -> Vec<Evidence> {
        let line = exposed.spot.line;
        let path = self.head.source.path.clone();
        let note = if exposed.added {
            "added by the change"
        } else {
            "no longer checked after the change"
        };
        let mut evidence = vec![
            Evidence {
                source: Place::File { path, start: line, end: line },
                quote: self.head.source.line(line).trim().to_owned(),
                note: Some(note.to_owned()),
            },
            of_issue(past),
        ];
        let frame = frame_quote(past, exposed, cause.key.as_deref());
        evidence.extend(frame.map(|quote| Evidence {
            quote,
            note: Some("where it crashed, with the values it had".to_owned()),
            ..of_issue(past)
        }));
        evidence.extend(was.map(|Mend { path, line, text }| Evidence {
            source: Place::Diff { path: path.clone(), start: *line, end: *line, side: Side::Old },
            quote: text.trim().to_owned(),
            note: Some("removed by the change".to_owned()),
        }));
        evidence
    }
}

impl How {
    /// For the rule of a hypothesis.
    fn name(&self) -> &'static str {
        match self {
            Self::Again => "exposed",
            Self::Near(_) => "near",
            Self::Revived { .. } => "revived",
            Self::Anew { .. } => "anew",
            Self::Back { .. } => "back",
        }
    }
}

impl Mend {
    /// A sentence on what the change takes away.
    fn gone(&self) -> String {
        let text = plain::line(self.text.trim(), CODE);
        format!(" The change takes away what kept it from failing: `{text}`.")
    }
}

/// The values with which it failed, for a sentence.
fn values(past: &Past, exposed: &Exposed, key: Option<&str>) -> String {
    let shown = told(past, exposed, key)
        .take(2)
        .map(|(name, value)| format!("`{name}` = {}", plain::line(&fold(value), SHORT)));
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { String::new() } else { format!(" with {}", shown.join(", ")) }
}

/// The variables of the frame that the line which crashed, or the use, speaks of; without
/// such, all of them.
fn told<'p>(
    past: &'p Past,
    exposed: &Exposed,
    key: Option<&str>,
) -> impl Iterator<Item = (&'p str, &'p str)> {
    let frame = &past.found.frame;
    let text = frame.own_line().unwrap_or_default();
    let wanted = |name: &str| {
        name == root(&exposed.spot.subject) || key == Some(name) || mentions(text, name)
    };
    let any = frame.vars.iter().any(|(name, _)| wanted(name));
    let vars = frame.vars.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    vars.filter(|(name, _)| !any || wanted(name)).collect::<Vec<_>>().into_iter()
}

fn count(issue: &Issue) -> String {
    let events =
        if issue.count == 1 { "1 event".to_owned() } else { format!("{} events", issue.count) };
    match issue.last_seen.and_then(describe::date) {
        Some(seen) => format!("{events}, last seen {seen}"),
        None => events,
    }
}

/// An issue with what failed there and how often.
pub(super) fn of_issue(past: &Past) -> Evidence {
    let issue = &past.found.issue;
    Evidence {
        source: Place::Issue {
            id: issue.id.clone(),
            short_id: issue.short_id.clone(),
            url: issue.permalink.clone(),
        },
        quote: past.title(),
        note: Some(count(issue)),
    }
}

/// The crashed line and the values that matter.
fn frame_quote(past: &Past, exposed: &Exposed, key: Option<&str>) -> Option<String> {
    let frame = &past.found.frame;
    let line = frame.line?;
    let text = frame.context.iter().find(|(n, _)| *n == line).map(|(_, t)| t.trim())?;
    let file = frame.filename.as_deref().unwrap_or(&past.found.path);
    let mut shown = format!("{file}:{line}  {text}");
    for (name, value) in told(past, exposed, key).take(3) {
        let value: String = value.chars().take(VALUE).collect();
        shown.push_str(&format!("\n{name} = {}", fold(&value)));
    }
    Some(quote(&shown, 5))
}
