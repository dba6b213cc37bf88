//! Takes what a file holds, member by member.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;

use super::check::Verdict;
use super::piece::{Opened, open};
use super::tell::{Problems, plain};
use super::{InPart, Run, STEP, TAKING};
use crate::sentry::archive::Visit;
use crate::sentry::source::Content;
use crate::sentry::split::Piece;
use crate::sentry::text::{Foreign, empty_list, foreign_record};
use crate::sentry::{SentryError, json};

const REPLACED: &str = "records that are not UTF-8, read with replacement characters";

const WRONG: &str = ": its SHA-256 is not the one in the bundle's manifest, so it was damaged or \
                     changed";
pub(super) const MISSING: &str = "the bundle's manifest names it, but it is not there";

/// What a member of a file turned out to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Sentry,
    /// JSON of something else.
    Json,
    /// Nothing at all.
    Empty,
    Other,
}

/// Takes the members of one file.
pub(super) struct Take<'r, 'a> {
    run: &'r mut Run<'a>,
    path: &'r Path,
    in_folder: bool,
    /// What of it must not be taken.
    verdict: Verdict,
    read: Rc<Cell<u64>>,
    members: usize,
    archive: bool,
    any: bool,
    /// Errors of files that were named and hold nothing of Sentry's.
    strange: &'r mut Vec<SentryError>,
}

impl Visit for Take<'_, '_> {
    type Error = SentryError;

    fn member(&mut self, name: &str, content: Content<'_>) -> Result<(), SentryError> {
        let number = self.members;
        self.members += 1;
        self.archive |= !name.is_empty();
        let place = self.place(name);
        let wrong = self.verdict.wrong.contains(name).then_some(WRONG);
        if let Some(reason) = self.verdict.cut.get(&number).map(String::as_str).or(wrong) {
            self.run.report.problems.push(format!("{place}{reason}; nothing of it was imported"));
            self.any = true;
            return Ok(());
        }
        let (outcome, foreign) = self.take(&place, content)?;
        if outcome == Outcome::Sentry {
            self.any = true;
            self.run.report.files += 1;
        } else if outcome == Outcome::Empty && self.run.bundle {
            // Whatever the server had none of.
        } else if self.in_folder || self.archive {
            let what = match (foreign, outcome) {
                (Some(foreign), _) => format!("{}: {}", foreign.what, foreign.hint),
                (None, Outcome::Json) => "nothing of Sentry's in it".to_owned(),
                (None, Outcome::Empty) => "empty".to_owned(),
                (None, _) => "not JSON".to_owned(),
            };
            self.run.note(format!("{place}: {what}"));
        } else {
            let path = self.path.to_owned();
            self.strange.push(match foreign {
                Some(foreign) => SentryError::Foreign {
                    path,
                    what: foreign.what.clone(),
                    hint: foreign.hint.clone(),
                },
                None => SentryError::Nothing(path),
            });
        }
        Ok(())
    }

    fn skip(&mut self, name: &str, reason: &str) {
        self.archive |= !name.is_empty();
        let place = self.place(name);
        self.run.note(format!("{place}: {reason}"));
    }

    fn fail(&mut self, name: &str, error: &io::Error) {
        self.any = true;
        let place = self.place(name);
        self.run.report.problems.push(format!("{place}: {}", plain(error)));
    }
}

impl<'r, 'a> Take<'r, 'a> {
    /// `strange` gets the errors of files that were named and hold nothing of Sentry's.
    pub(super) fn new(
        run: &'r mut Run<'a>,
        path: &'r Path,
        in_folder: bool,
        verdict: Verdict,
        read: Rc<Cell<u64>>,
        strange: &'r mut Vec<SentryError>,
    ) -> Self {
        run.bundle = false;
        Self {
            run,
            path,
            in_folder,
            verdict,
            read,
            members: 0,
            archive: false,
            any: false,
            strange,
        }
    }

    /// Tells of what is missing, and of an archive that was named and has nothing of
    /// Sentry's in it.
    pub(super) fn finish(self) {
        for name in &self.verdict.missing {
            let place = self.place(name);
            self.run.report.problems.push(format!("{place}: {MISSING}"));
        }
        if self.archive && !self.any && !self.in_folder {
            self.strange.push(SentryError::Nothing(self.path.to_owned()));
        }
    }

    fn place(&self, name: &str) -> String {
        let path = self.path.display();
        if name.is_empty() { path.to_string() } else { format!("{path}: {name}") }
    }

    fn take(
        &mut self,
        place: &str,
        content: Content<'_>,
    ) -> Result<(Outcome, Option<&'static Foreign>), SentryError> {
        let mut pieces = match open(content) {
            Ok(Opened::Pieces(pieces)) => pieces,
            Ok(Opened::Foreign(foreign)) => return Ok((Outcome::Other, Some(foreign))),
            Ok(Opened::Empty) => return Ok((Outcome::Empty, None)),
            Ok(Opened::Other) => return Ok((Outcome::Other, None)),
            Err(error) => {
                self.run.report.problems.push(format!("{place}: {}", plain(&error)));
                return Ok((Outcome::Sentry, None));
            }
        };
        let mut problems = Problems::new(place);
        let mut sentry = false;
        let mut foreign = None;
        loop {
            match pieces.next() {
                Ok(None) => break,
                Ok(Some(Piece::Bad { at, reason })) => problems.add(at, reason),
                Ok(Some(Piece::Left(what))) => {
                    sentry = true;
                    self.run.part(what);
                }
                Ok(Some(Piece::Read { record, at, unread })) => {
                    sentry = true;
                    for what in unread {
                        self.run.part_at(what, at.line);
                    }
                    let weight = usize::try_from(at.byte).unwrap_or_default().min(1 << 12);
                    self.run.text(record, weight)?;
                }
                Ok(Some(Piece::Record { bytes, at })) => {
                    match json::parse(&bytes) {
                        Ok((Value::Object(object), replaced)) => {
                            if !sentry {
                                foreign = foreign.or_else(|| foreign_record(&object));
                            }
                            let mut tell = |text: &str| problems.add(at, text);
                            let known = self.run.record(object, None, bytes.len(), &mut tell)?;
                            if !known && pieces.is_envelope() {
                                self.run.part("an event that tells of no error");
                            }
                            if known || pieces.is_envelope() {
                                sentry = true;
                                if replaced {
                                    self.run.part(REPLACED);
                                }
                            }
                        }
                        Ok(_) => {}
                        Err(error) => problems.add(at, &error.to_string()),
                    }
                    pieces.reuse(bytes);
                }
                Err(error) => {
                    // For example a compressed stream that was cut in half.
                    problems.list.push(format!("{place}: {}", plain(&error)));
                    break;
                }
            }
            self.run.records += 1;
            if self.run.records.is_multiple_of(STEP) {
                self.run.tell_of(TAKING, self.read.get());
            }
        }
        if !sentry && pieces.was_empty() {
            foreign = empty_list();
            if let Some(foreign) = foreign {
                self.run.note(format!("{place}: {}: {}", foreign.what, foreign.hint));
                self.run.recognised = true;
                return Ok((Outcome::Sentry, None));
            }
        }
        self.run.recognised |= sentry;
        for (what, InPart { count, line }) in std::mem::take(&mut self.run.in_part) {
            let first = line.map(|line| format!(", the first in line {line}")).unwrap_or_default();
            self.run.note(format!("{place}: {what} ({count}{first})"));
        }
        // Broken JSON may be of Sentry's or not; it is told of if any of it was,
        // or if there is nothing better to say about the file.
        let broken = !problems.list.is_empty();
        if sentry || (broken && foreign.is_none()) {
            self.run.report.problems.extend(problems.finish());
            return Ok((Outcome::Sentry, None));
        }
        Ok((Outcome::Json, foreign))
    }
}
