//! Whether code protects a use against an error.

use super::Side;
use super::spot::{Raises, Spot};
use super::table::Cause;
use crate::lang::{Definition, Guard};
use crate::review::origin::access::subject;
use crate::review::origin::source::{binds, last, mentions};

/// How near a check must come to a use to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It names something of the use: what a change leaves without any is unguarded.
    Any,
    /// It asks about the very value, or the key: what loses it was guarded before.
    Own,
}

impl Side<'_> {
    /// Whether something in its function, or the use itself, protects it.
    pub(super) fn guards(
        &self,
        function: Option<&Definition>,
        spot: &Spot,
        cause: &Cause<'_>,
        proof: Proof,
    ) -> bool {
        self.guards_of(function).any(|g| self.protects(g, spot, cause, proof))
            || self.spares(function, spot, cause, proof)
            || cause.rule.row.kind == "null_dereference"
                && cause.words.fallbacks.iter().any(|f| {
                    spot.subject.contains(f)
                        || spot.used == Raises::Call && spot.arguments.contains(f)
                })
    }

    /// The checks within a function, or the whole file.
    pub(super) fn guards_of(&self, function: Option<&Definition>) -> impl Iterator<Item = &Guard> {
        let range = function.map_or(0..self.source.text.len(), |f| f.range.clone());
        self.source
            .guards()
            .iter()
            .filter(move |g| range.start <= g.range.start && g.range.end <= range.end)
    }

    /// Whether a check protects a use. A value is also checked by what leads to it:
    /// `values` for `len(values)`.
    pub(super) fn protects(
        &self,
        guard: &Guard,
        spot: &Spot,
        cause: &Cause<'_>,
        proof: Proof,
    ) -> bool {
        let around = guard.condition.is_some() && (guard.start..=guard.end).contains(&spot.line);
        // A condition may stand behind what it decides about: `x / n if n`.
        let before = guard.range.start <= spot.range.start || around;
        let inner = cause.words.value(&spot.subject);
        let same = |subject: &Option<String>| {
            subject.as_deref().is_some_and(|s| s == spot.subject || s == inner)
        };
        match guard.kind.as_str() {
            "try" => {
                let around = (guard.line..=guard.end).contains(&spot.line);
                around && (self.style.catches_all || catches(guard, cause))
            }
            "null_check" | "key_check" | "zero_check" | "bounds_check" | "type_check"
            | "assert" | "error_check" => {
                // Text that cannot be read is there, and has a length.
                let size = ["null_check", "zero_check", "bounds_check"];
                if cause.malformed && size.contains(&guard.kind.as_str()) {
                    return false;
                }
                let value = last(inner).trim();
                let counts = ["bounds_check", "zero_check"].contains(&guard.kind.as_str());
                let null = cause.rule.row.kind == "null_dereference";
                // `xs.length > 0` asks about `xs`, but not whether it is there.
                let size = |s: &str| {
                    counts && s.strip_prefix(&spot.subject).is_some_and(|s| s.starts_with('.'))
                };
                let asks = |s: &String| {
                    let s = subject(s);
                    let asked = cause.words.value(&s);
                    last(asked) == value || asked == inner || s == spot.subject || size(&s)
                };
                // A call is checked by its arguments too.
                let argument =
                    |n: &String| spot.used == Raises::Call && mentions(&spot.arguments, n);
                let about = match proof {
                    Proof::Own if null && counts => false,
                    Proof::Own => {
                        guard.subject.as_ref().is_some_and(asks)
                            || guard.subject.as_ref().is_some_and(argument)
                    }
                    Proof::Any => {
                        same(&guard.subject)
                            || guard.names.iter().any(|n| n == value || argument(n))
                    }
                };
                // The guard's own text may hold what it guards.
                let asked = guard.condition.as_deref();
                let asked = asked.unwrap_or(self.source.slice(&guard.range));
                let of_key = |k: &str| mentions(asked, k) && guard.kind != "null_check";
                before && (about || cause.key.as_deref().is_some_and(of_key))
            }
            // A call with a value for the bad case, or `x = x or {}` before the use.
            "default" => {
                let filled =
                    same(&guard.subject) && binds(self.source.line(guard.line), &spot.subject);
                // Python's guards list `d.get(k)`, which other objects answer by raising.
                let plain = !spot.arguments.contains(',') && guard.text.ends_with(')');
                guard.range == spot.range && !plain || before && filled
            }
            _ => false,
        }
    }

    /// Whether a line of the function up to the use says what makes it harmless.
    fn spares(
        &self,
        function: Option<&Definition>,
        spot: &Spot,
        cause: &Cause<'_>,
        proof: Proof,
    ) -> bool {
        let Some(unless) = &cause.rule.unless else { return false };
        let start = function.map_or(1, |f| f.start);
        (start..=spot.line).map(|n| self.source.line(n)).any(|line| {
            let own = || spot.names().any(|name| mentions(line, name));
            unless.is_match(line) && (proof == Proof::Any || own())
        })
    }

    /// Uses of the file like one that nothing protects.
    pub(super) fn bare(&self, like: &Spot, cause: &Cause<'_>, proof: Proof) -> usize {
        self.spots
            .iter()
            .filter(|s| s.is_like(like, cause) && s.fits(self.source, cause))
            .filter(|s| !self.guards(self.source.function(&s.range), s, cause, proof))
            .count()
    }
}

/// Whether a handler catches the error; forms that name no type (`runCatching`, `try?`,
/// `x rescue nil`) catch all.
pub(super) fn catches(guard: &Guard, cause: &Cause<'_>) -> bool {
    let Some(subject) = guard.subject.as_deref() else { return true };
    let types = cause.words.handlers.iter().any(|word| {
        guard.text.match_indices(word.as_str()).any(|(at, _)| guard.text[at..].contains(subject))
    });
    !types
        || mentions(subject, &cause.error)
        || cause.rule.row.caught.iter().any(|c| mentions(subject, c))
        || cause.words.broad.iter().any(|b| mentions(subject, b))
}
