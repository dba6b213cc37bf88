//! Reads a file once before anything of it is written, and finds what of it ends
//! too early.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::rc::Rc;

use super::piece::{Opened, open};
use super::tell::plain;
use crate::sentry::archive::{Visit, walk};
use crate::sentry::source::Content;
use crate::sentry::split::Piece;

/// The members of a file that were cut off, by their number, with where and why.
/// What can be read only once, as a pipe, is taken as it comes.
pub(super) fn cut_members(path: &Path) -> BTreeMap<usize, String> {
    let mut check = Check { members: 0, cut: BTreeMap::new() };
    if path.is_file() {
        let Ok(()) = walk(path, &Rc::new(Cell::new(0)), &mut check);
    }
    check.cut
}

struct Check {
    members: usize,
    cut: BTreeMap<usize, String>,
}

impl Visit for Check {
    type Error = Infallible;

    fn member(&mut self, _: &str, content: Content<'_>) -> Result<(), Infallible> {
        let number = self.members;
        self.members += 1;
        // What cannot be opened is told of by whoever takes it.
        let Ok(Opened::Pieces(mut pieces)) = open(content) else { return Ok(()) };
        loop {
            let cut = match pieces.next() {
                Ok(None) => return Ok(()),
                Ok(Some(Piece::Bad { at, reason })) if pieces.is_cut() => {
                    format!(", {at}: {reason}")
                }
                Ok(Some(Piece::Record { bytes, .. })) => {
                    pieces.reuse(bytes);
                    continue;
                }
                Ok(Some(_)) => continue,
                Err(error) => format!(": {}", plain(&error)),
            };
            self.cut.insert(number, cut);
            return Ok(());
        }
    }

    fn skip(&mut self, _: &str, _: &str) {}

    fn fail(&mut self, _: &str, _: &io::Error) {}
}
