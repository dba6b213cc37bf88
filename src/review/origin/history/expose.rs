//! Finds the use by which a change makes a past failure possible again.

use super::protect::Proof;
use super::spot::{Raises, Spot};
use super::{Pair, Search, Side};
use crate::lang::Definition;
use crate::review::origin::DraftError;
use crate::review::origin::source::{Source, fold, last, mentions};

/// A use that can raise the error of the failure, now that the change is made.
pub(super) struct Exposed {
    pub spot: Spot,
    /// The function that holds it.
    pub function: Definition,
    /// The change wrote the line, or only took its check away.
    pub added: bool,
    pub how: How,
}

/// What ties a use to the failure.
pub(super) enum How {
    /// It stands in the function that failed.
    Again,
    /// It is the use that failed in another function, by its qualified name.
    Near(String),
    /// It is the use that failed in that function, and what kept it from failing is gone.
    Revived { place: String, mend: Mend },
    /// It is the line that led to that function, which failed, and was gone since.
    Back { place: String },
    /// That function failed on this value, and asks about it since.
    Anew { place: String, value: String },
}

/// A removed line that kept a use from failing.
#[derive(Clone)]
pub(super) struct Mend {
    pub path: String,
    pub line: u32,
    pub text: String,
}

impl Search<'_> {
    /// In the function that failed: a use that the change added or stripped of its check.
    pub(super) fn again(&self) -> Option<Exposed> {
        let (base, head) = (&self.pair.base, &self.pair.head);
        let function = self.version(head.source, self.past.symbol.as_deref()?)?;
        if head.source.broken(function) {
            return None;
        }
        let old = self.version(base.source, &function.qualified);
        let raising = head.within(function).filter(|spot| {
            spot.raises(head.source, self.cause, self.past)
                && !self.is_present(spot)
                && !self.is_kept(spot, function, old)
                && !self.is_moved(spot)
                && !self.is_taken_over(spot, function, None)
        });
        let exposed = raising.filter_map(|spot| {
            let twins = old.is_some_and(|d| {
                base.within(d)
                    .any(|b| b.is_same(spot, self.cause) && b.fits(base.source, self.cause))
            });
            let added = self.pair.lines.added.contains(&spot.line);
            // What a call dropped, its own line dropped.
            (added || twins && self.cause.rule.dropped.is_none()).then(|| Exposed {
                spot: spot.clone(),
                function: function.clone(),
                added: added && !twins,
                how: How::Again,
            })
        });
        // Of nested uses the innermost is meant; of several, the first.
        exposed.min_by_key(|e| (e.spot.line, e.spot.range.len()))
    }

    /// A function of that name in one version of the file; of overloads the one that holds
    /// the line that crashed.
    fn version<'s>(&self, source: &'s Source<'_>, qualified: &str) -> Option<&'s Definition> {
        source.only(qualified).or_else(|| {
            let crashed = fold(self.cause.crashed.as_deref()?);
            let holds = |d: &&Definition| {
                d.kind.is_callable()
                    && d.qualified == qualified
                    && (d.start..=d.end).any(|n| fold(source.line(n)) == crashed)
            };
            let mut found = source.definitions.iter().filter(holds);
            let first = found.next()?;
            found.next().is_none().then_some(first)
        })
    }

    /// Whether the value of a member cannot be missing.
    fn is_present(&self, spot: &Spot) -> bool {
        let null = self.cause.rule.row.kind == "null_dereference";
        null && spot.used == Raises::Member && self.pair.head.is_present(&spot.subject)
    }

    /// Whether a use is protected, or was there before as bare as now.
    fn is_kept(&self, spot: &Spot, function: &Definition, old: Option<&Definition>) -> bool {
        let (base, head) = (&self.pair.base, &self.pair.head);
        if let Some(dropped) = &self.cause.rule.dropped {
            return !self.drops(dropped, spot, function, old);
        }
        if head.guards(Some(function), spot, self.cause, Proof::Any)
            || self.is_given(spot, function, old)
            || self.is_asked(spot, function)
            || self.is_part_checked(spot, function)
            || self.is_checked_by_callers(spot, function, old)
        {
            return true;
        }
        old.is_some_and(|d| {
            let like = |b: &&Spot| b.is_same(spot, self.cause) && b.fits(base.source, self.cause);
            let mut twins = base.within(d).filter(like);
            twins.any(|b| !base.guards(Some(d), b, self.cause, Proof::Own))
        })
    }

    /// Whether the change as a whole brings no further bare use of the kind: what it
    /// renames or moves, it does not add.
    fn is_moved(&self, spot: &Spot) -> bool {
        if self.cause.rule.dropped.is_some() {
            return false;
        }
        let before: usize =
            self.pairs.iter().map(|p| p.base.bare(spot, self.cause, Proof::Own)).sum();
        let after: usize =
            self.pairs.iter().map(|p| p.head.bare(spot, self.cause, Proof::Any)).sum();
        before >= after
    }

    /// Whether a call lost what it had before (a timeout), and nothing in its function
    /// speaks of it any more.
    fn drops(
        &self,
        dropped: &regex::Regex,
        spot: &Spot,
        function: &Definition,
        old: Option<&Definition>,
    ) -> bool {
        let had = |b: &Spot| {
            b.used == Raises::Call && b.key == spot.key && dropped.is_match(&b.arguments)
        };
        !dropped.is_match(self.pair.head.source.slice(&function.range))
            && old.is_some_and(|d| self.pair.base.within(d).any(had))
    }

    /// The very use that failed, added without a check to another function of the changed
    /// file, or to one that calls the failed function or is called by it.
    pub(super) fn near(&self) -> Result<Option<Exposed>, DraftError> {
        let (Some(_), Some(crashed), None) =
            (&self.cause.key, &self.cause.crashed, &self.cause.rule.dropped)
        else {
            return Ok(None);
        };
        let head = &self.pair.head;
        let place = self.past.place.as_deref();
        for spot in &head.spots {
            if !self.pair.lines.added.contains(&spot.line)
                || !spot.is_on(crashed, self.cause)
                || !spot.raises(head.source, self.cause, self.past)
                || self.is_present(spot)
            {
                continue;
            }
            let Some(function) = head.source.function(&spot.range) else { continue };
            let other = Some(function.qualified.as_str()) != place
                && (self.in_file() || Some(&function.qualified) == self.past.symbol.as_ref());
            // Methods of one name take the same kind of thing in each class: that they call
            // it alike says nothing.
            let namesake =
                place.is_some_and(|p| last(p) == function.name && p != function.qualified);
            if !other || namesake || head.source.broken(function) {
                continue;
            }
            let old = self.pair.base.source.only(&function.qualified);
            if self.is_kept(spot, function, old) || self.is_moved(spot) {
                continue;
            }
            if !self.is_mended(spot)? {
                continue;
            }
            return Ok(Some(Exposed {
                spot: spot.clone(),
                function: function.clone(),
                added: true,
                how: How::Near(place.unwrap_or("another function").to_owned()),
            }));
        }
        Ok(None)
    }

    /// Whether it failed in the changed file itself.
    pub(super) fn in_file(&self) -> bool {
        let path = &self.past.found.path;
        [self.pair.file.path.as_str(), self.pair.file.base_path()].contains(&path.as_str())
    }

    /// Whether the function that failed speaks of the key and has no bare use of it, before
    /// or after the change. Else nobody mended the code, and the value may have been mended
    /// where it comes from.
    fn is_mended(&self, spot: &Spot) -> Result<bool, DraftError> {
        let Some(place) = &self.past.place else { return Ok(false) };
        if self.in_file() {
            let sides = [&self.pair.head, &self.pair.base];
            return Ok(sides.into_iter().any(|side| self.checks(side, place, spot)));
        }
        let head = self.scene.head;
        let source = Source::read(head.languages(), head.snapshot(), &self.past.found.path)?;
        let side = source.as_ref().map(|source| Side::new(source, self.pair.head.style));
        Ok(side.is_some_and(|side| self.checks(&side, place, spot)))
    }

    fn checks(&self, side: &Side<'_>, place: &str, spot: &Spot) -> bool {
        let Some(function) = side.source.only(place) else { return false };
        let key = self.cause.key.as_deref().unwrap_or(&spot.key);
        let bare = |s: &&Spot| {
            s.is_same(spot, self.cause)
                && s.fits(side.source, self.cause)
                && !side.guards(Some(function), s, self.cause, Proof::Any)
        };
        mentions(side.source.slice(&function.range), key)
            && side.within(function).find(bare).is_none()
    }
}

impl Pair<'_> {
    /// The removed line that held the guarded form of the use.
    pub(super) fn guarded_before(&self, exposed: &Exposed, key: Option<&str>) -> Option<Mend> {
        let mend = |(line, text)| Mend { path: self.base.source.path.clone(), line, text };
        let old = self.base.source.only(&exposed.function.qualified)?;
        let spot = &exposed.spot;
        let subject = last(&spot.subject);
        let needle = key.unwrap_or(if spot.used == Raises::Call { &spot.key } else { subject });
        self.lines
            .removed
            .range(old.start..=old.end)
            .map(|n| (*n, self.base.source.line(*n).to_owned()))
            .find(|(_, text)| {
                mentions(text, needle) && (subject.is_empty() || mentions(text, subject))
            })
            .map(mend)
    }
}
