//! The very line that led to a crash is written again: the code did without it since.

use super::expose::{Exposed, How};
use super::giver::{last_part, whole};
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
        let telling = expression.len() >= TELLING && expression.contains('(') && self.in_file();
        let is_back = |n: &u32| telling && holds(head.source.line(*n));
        let back: Vec<u32> = pair.lines.added.iter().copied().filter(is_back).collect();
        if back.is_empty() || base.text.lines().any(holds) {
            return Ok(None);
        }
        let Some(place) = self.still_fails()? else { return Ok(None) };
        for n in back {
            let called =
                |s: &&Spot| s.line == n && s.used == Raises::Call && mentions(&expression, &s.key);
            let Some(spot) = head.spots.iter().filter(called).min_by_key(|s| s.range.len()) else {
                continue;
            };
            let Some(function) = head.source.function(&spot.range) else { continue };
            if head.source.broken(function)
                || head.guards(Some(function), spot, self.cause, Proof::Any)
            {
                continue;
            }
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

    /// The function in which the line that raised the error stands where it stood, if
    /// nothing before it asks about its values since.
    fn still_fails(&self) -> Result<Option<String>, DraftError> {
        let head = self.scene.head;
        let id = &self.past.found.issue.id;
        let same = self.scene.history.past.iter().filter(|p| &p.found.issue.id == id);
        for past in same.filter(|p| p.relation != Relation::Passed) {
            let frame = &past.found.frame;
            let (Some(line), Some(place)) = (frame.own_line(), &past.place) else { continue };
            let source = Source::read(head.languages(), head.snapshot(), &past.found.path)?;
            let Some(source) = source else { continue };
            let Some(function) = source.only(place) else { continue };
            let mut lines = function.start..=function.end;
            let Some(at) = lines.find(|n| fold(source.line(*n)) == fold(line)) else {
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
            let filled = value.and_then(last_part).is_some_and(|name| self.is_filled(name));
            return Ok((!filled).then(|| place.clone()));
        }
        Ok(None)
    }
}
