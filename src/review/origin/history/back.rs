//! The very line that led to a crash is written again: the code did without it since.

use super::anew::{last_part, whole};
use super::expose::{Exposed, How};
use super::protect::Proof;
use super::spot::{Raises, Spot, identifiers};
use super::{Pair, Search};
use crate::history::Relation;
use crate::review::origin::DraftError;
use crate::review::origin::source::{Source, fold, mentions};

/// Least characters of an expression that no two places hold by chance.
const TELLING: usize = 16;

impl<'a> Search<'a> {
    /// A call on an added line that is the frame's own but for what it gives the result to.
    pub(super) fn back(&self) -> Result<Option<(&'a Pair<'a>, Exposed)>, DraftError> {
        let expression = fold(self.cause.expression());
        let pair = self.pair;
        let (base, head) = (pair.base.source, &pair.head);
        let holds = |line: &str| fold(line).contains(&expression);
        let telling = expression.len() >= TELLING && expression.contains('(');
        let of_file = self.past.found.path == head.source.path || self.in_file();
        if !telling || !of_file || base.text.lines().any(holds) || !self.still_fails()? {
            return Ok(None);
        }
        for n in pair.lines.added.iter().filter(|n| holds(head.source.line(**n))) {
            let called =
                |s: &&Spot| s.line == *n && s.used == Raises::Call && mentions(&expression, &s.key);
            let Some(spot) = head.spots.iter().filter(called).min_by_key(|s| s.range.len()) else {
                continue;
            };
            let Some(function) = head.source.function(&spot.range) else { continue };
            if head.source.broken(function)
                || head.guards(Some(function), spot, self.cause, Proof::Any)
            {
                continue;
            }
            let place = self.past.place.clone().unwrap_or_else(|| function.qualified.clone());
            let exposed = Exposed {
                spot: spot.clone(),
                function: function.clone(),
                added: true,
                how: How::Back { place },
            };
            return Ok(Some((pair, exposed)));
        }
        Ok(None)
    }

    /// Whether the line that raised the error stands where it stood, and nothing before it
    /// asks about its values since.
    fn still_fails(&self) -> Result<bool, DraftError> {
        let head = self.scene.head;
        let id = &self.past.found.issue.id;
        let same = self.scene.history.past.iter().filter(|p| &p.found.issue.id == id);
        for past in same.filter(|p| p.relation != Relation::Passed) {
            let frame = &past.found.frame;
            let (Some(line), Some(place)) = (frame.own_line(), &past.place) else { continue };
            let source = Source::read(head.languages(), head.snapshot(), &past.found.path)?;
            let Some(source) = source else { continue };
            let Some(function) = source.only(place) else { continue };
            let lines = function.start..=function.end;
            let Some(at) = lines.clone().find(|n| fold(source.line(*n)) == fold(line)) else {
                continue;
            };
            let known = |l: &str| frame.context.iter().any(|(_, c)| fold(c) == fold(l));
            let asks = |l: &str| {
                self.cause.words.asks.is_match(l)
                    && identifiers(line).into_iter().any(|name| mentions(l, name))
            };
            let mut before = (function.start..at).map(|n| source.line(n));
            if before.any(|l| !source.language.is_comment(l) && !known(l) && asks(l)) {
                continue;
            }
            let value = self.cause.key.as_deref().and_then(|key| whole(line, key));
            return Ok(!value.and_then(last_part).is_some_and(|name| self.is_filled(name)));
        }
        Ok(false)
    }
}
