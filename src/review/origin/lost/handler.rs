//! Handlers of errors, locks, transactions and the like that are gone, and things that
//! are still begun but no longer ended.

use regex::Regex;

use crate::lang::Guard;
use crate::review::origin::source::{fold, mentions};

use super::condition::shorten;
use super::part::flat;
use super::{Both, Loss, Search};

impl Search<'_> {
    fn guards_of<'g>(
        &self,
        both: &Both<'_>,
        guards: &'g [Guard],
        head: bool,
    ) -> impl Iterator<Item = &'g Guard> {
        let range = if head { both.new.range.clone() } else { both.old.range.clone() };
        guards.iter().filter(move |g| range.start <= g.range.start && g.range.end <= range.end)
    }

    /// Kinds of errors that the function no longer handles around the same statements.
    pub(super) fn handlers(
        &self,
        both: &Both<'_>,
        old: &[Guard],
        new: &[Guard],
        prior: f64,
    ) -> Vec<Loss> {
        let tries = |g: &&Guard| g.kind == "try";
        let head = self.head.slice(&both.new.range);
        let caught = |g: &Guard| names(g.subject.as_deref().unwrap_or_default());
        let now: Vec<&Guard> = self.guards_of(both, new, true).filter(tries).collect();
        let after: Vec<String> = now.iter().flat_map(|g| caught(g)).collect();
        if after.iter().any(|t| self.words.broad.is_match(t)) {
            return Vec::new();
        }
        let before: Vec<&Guard> = self.guards_of(both, old, false).filter(tries).collect();
        let known: Vec<String> = before.iter().flat_map(|g| caught(g)).collect();
        if after.iter().any(|t| !known.contains(t)) {
            return Vec::new();
        }
        let mut lost = Vec::new();
        for guard in before {
            if !self.owns(both, &guard.range) {
                continue;
            }
            let gone = |t: &String| !mentions(head, t) && !mentions(self.added, t);
            let Some(error) = caught(guard).into_iter().find(gone) else { continue };
            // The line of the handler, and the first statement that it was for.
            let line = (guard.start..=guard.end)
                .find(|n| mentions(self.base.line(*n), &error) && self.lines.removed.contains(n));
            let first = (guard.start..=guard.end)
                .map(|n| self.base.line(n).trim())
                .find(|l| l.len() > 5 && !l.starts_with("try") && !l.starts_with("begin"));
            let (Some(line), Some(first)) = (line, first) else { continue };
            if !both.after.contains(&flat(first)) {
                continue;
            }
            let name = &both.new.name;
            lost.push(Loss {
                rule: "lost_handler",
                start: guard.start,
                end: guard.end,
                line,
                kind: "unhandled_error".to_owned(),
                severity: 0.5,
                prior,
                title: format!("`{name}` no longer handles `{}`", shorten(&error)),
                mechanism: format!(
                    "Before the change, `{}` handled `{error}` around these statements. They are still there, the handler is not, and the error now ends the caller.",
                    both.old.qualified
                ),
                assumption: format!("`{error}` cannot happen here, or is handled elsewhere"),
                questions: vec![
                    format!("Can these statements still raise `{error}`?"),
                    "Does a caller handle it?".to_owned(),
                ],
                fix: format!("Handle `{error}` again, or say where it is handled."),
                checked: "the change handles it nowhere else (lost handler)".to_owned(),
            });
        }
        lost
    }

    /// Calls that protect what comes after them, by the kinds of `lost.toml`.
    pub(super) fn protections(
        &self,
        both: &Both<'_>,
        old: &[Guard],
        new: &[Guard],
        prior: f64,
    ) -> Vec<Loss> {
        let mut lost: Vec<Loss> = Vec::new();
        for kind in &self.words.kinds {
            let of = |g: &&Guard| g.kind == kind.guard;
            let before = self.guards_of(both, old, false).filter(of).count();
            let after: Vec<&Guard> = self.guards_of(both, new, true).filter(of).collect();
            let fresh =
                after.iter().any(|g| !both.before.contains(&flat(self.head.slice(&g.range))));
            if fresh || after.len() >= before {
                continue;
            }
            for guard in self.guards_of(both, old, false).filter(of) {
                let text = self.base.slice(&guard.range);
                let flat = flat(text);
                let end = guard.line + text.matches('\n').count() as u32;
                let gone =
                    (guard.line..=end.min(guard.line + 2)).all(|n| self.lines.removed.contains(&n));
                let here = both.after.contains(&flat) || self.added.contains(&flat);
                if !gone || here || !self.owns(both, &guard.range) {
                    continue;
                }
                let shown = shorten(&fold(text.lines().next().unwrap_or_default()));
                let name = &both.new.name;
                lost.push(Loss {
                    rule: "lost_guard",
                    start: guard.line,
                    end,
                    line: guard.line,
                    kind: kind.kind.clone(),
                    severity: kind.severity,
                    prior,
                    title: format!("`{name}` no longer {}", kind.does),
                    mechanism: format!(
                        "Before the change, `{}` had `{shown}`. That is gone, and the code around it still runs.",
                        both.old.qualified
                    ),
                    assumption: format!("`{name}` works without `{shown}`"),
                    questions: vec![
                        format!("Is `{shown}` no longer needed, or done by a caller or a helper?"),
                    ],
                    fix: format!("Put `{shown}` back, or say what takes its place."),
                    checked: format!("the change does it nowhere else (lost {})", kind.guard),
                });
                break;
            }
        }
        lost
    }

    /// What is still begun but no longer ended.
    pub(super) fn ends(&self, both: &Both<'_>, prior: f64) -> Vec<Loss> {
        let Ok(call) = Regex::new(
            r"^(?:await |defer |yield )?((?:[\w$@]+(?:\.|->|::))*)([A-Za-z_]\w*[!?]?)(\(|;?$| )",
        ) else {
            return Vec::new();
        };
        let mut lost: Vec<Loss> = Vec::new();
        for n in self.lines.removed.range(both.old.start..=both.old.end) {
            let line = self.base.line(*n).trim();
            let Some(found) = call.captures(line) else { continue };
            let (receiver, ending) = (&found[1], &found[2]);
            for (first, second) in &self.words.pairs {
                let Some(verb) = second.find(ending) else { continue };
                let rest = &ending[verb.end()..];
                // The same receiver and the same thing: `scope.enter_x()`, `scope.exit_x()`.
                let begins = |text: &str| {
                    let call = format!(r"{}([A-Za-z_]\w*)\(", regex::escape(receiver));
                    Regex::new(&call).is_ok_and(|call| {
                        call.captures_iter(text)
                            .any(|c| first.find(&c[1]).is_some_and(|v| &c[1][v.end()..] == rest))
                    })
                };
                let count = |text: &str| text.matches(&format!("{receiver}{ending}")).count();
                let (old, new) =
                    (self.base.slice(&both.old.range), self.head.slice(&both.new.range));
                let fewer = count(new) < count(old) && !self.added.contains(&flat(ending));
                if !fewer || !begins(old) || !begins(new) {
                    continue;
                }
                let (name, shown) = (&both.new.name, format!("{receiver}{ending}"));
                lost.push(Loss {
                    rule: "lost_close",
                    start: *n,
                    end: *n,
                    line: *n,
                    kind: "resource_leak".to_owned(),
                    severity: 0.5,
                    prior,
                    title: format!("`{name}` no longer calls `{}`", shorten(&shown)),
                    mechanism: format!(
                        "`{}` still begins what `{shown}` ended, and the change takes that call away. What was begun stays as it is.",
                        both.old.qualified
                    ),
                    assumption: format!("what is begun here ends without `{shown}`"),
                    questions: vec!["Does something else end it on this path?".to_owned()],
                    fix: format!("Call `{shown}` again on every path."),
                    checked: "it is still begun on the same object (lost end)".to_owned(),
                });
                break;
            }
        }
        lost
    }
}

/// Names of errors in the text of a handler.
fn names(subject: &str) -> Vec<String> {
    Regex::new(r"[A-Za-z_]\w*").map_or_else(
        |_| Vec::new(),
        |name| {
            let all = name.find_iter(subject).map(|m| m.as_str());
            all.filter(|n| n.starts_with(char::is_uppercase)).map(str::to_owned).collect()
        },
    )
}
