//! Whether code protects a use against an error.

use super::Side;
use super::spot::{Raises, Spot};
use super::table::Cause;
use crate::lang::{Definition, Guard};
use crate::review::origin::source::{binds, last, mentions};

impl Side<'_> {
    /// Whether something in its function, or the use itself, protects it.
    pub(super) fn guards(
        &self,
        function: Option<&Definition>,
        spot: &Spot,
        cause: &Cause<'_>,
    ) -> bool {
        let whole = 0..self.source.text.len();
        let range = function.map_or(&whole, |f| &f.range);
        let within = |g: &&Guard| range.start <= g.range.start && g.range.end <= range.end;
        self.guards.iter().filter(within).any(|g| self.protects(g, spot, cause))
            || self.spares(function, spot, cause)
            || cause.rule.row.kind == "null_dereference"
                && cause.words.fallbacks.iter().any(|f| spot.subject.contains(f))
    }

    fn protects(&self, guard: &Guard, spot: &Spot, cause: &Cause<'_>) -> bool {
        let around = guard.condition.is_some() && (guard.start..=guard.end).contains(&spot.line);
        // A condition may stand behind what it decides about: `x / n if n`.
        let before = guard.range.start <= spot.range.start || around;
        let same = |subject: &Option<String>| subject.as_deref() == Some(spot.subject.as_str());
        match guard.kind.as_str() {
            "try" => {
                let around = (guard.line..=guard.end).contains(&spot.line);
                around && (self.style.catches_all || catches(guard, cause))
            }
            "null_check" | "key_check" | "zero_check" | "bounds_check" | "type_check"
            | "assert" | "error_check" => {
                let about = same(&guard.subject)
                    || guard.names.iter().any(|n| n == last(&spot.subject))
                    // A call is checked by its arguments too.
                    || spot.used == Raises::Call
                        && guard.names.iter().any(|n| mentions(&spot.arguments, n));
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
    fn spares(&self, function: Option<&Definition>, spot: &Spot, cause: &Cause<'_>) -> bool {
        let Some(unless) = &cause.rule.unless else { return false };
        let start = function.map_or(1, |f| f.start);
        (start..=spot.line).any(|n| unless.is_match(self.source.line(n)))
    }

    /// Uses of the file like one that nothing protects.
    pub(super) fn bare(&self, like: &Spot, cause: &Cause<'_>) -> usize {
        self.spots
            .iter()
            .filter(|s| s.is_like(like) && s.fits(&self.source, cause))
            .filter(|s| !self.guards(self.source.function(&s.range), s, cause))
            .count()
    }
}

/// Whether a handler catches the error; forms that name no type (`runCatching`, `try?`,
/// `x rescue nil`) catch all.
fn catches(guard: &Guard, cause: &Cause<'_>) -> bool {
    let Some(subject) = guard.subject.as_deref() else { return true };
    let types = cause.words.handlers.iter().any(|word| {
        guard.text.match_indices(word.as_str()).any(|(at, _)| guard.text[at..].contains(subject))
    });
    !types
        || mentions(subject, &cause.error)
        || cause.rule.row.caught.iter().any(|c| mentions(subject, c))
        || cause.words.broad.iter().any(|b| mentions(subject, b))
}
