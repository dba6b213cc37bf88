//! Reads a file before anything of it is written, and finds what of it must not be: what
//! ends too early, and what is not what the manifest of its bundle says.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io::{self, BufRead};
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::STEP;
use super::piece::{Opened, open};
use super::tell::plain;
use crate::sentry::archive::{Visit, walk};
use crate::sentry::json::{Object, object};
use crate::sentry::shape::{Shape, recognise};
use crate::sentry::source::Content;
use crate::sentry::split::Piece;

/// The name of a manifest, in a bundle or beside the files of one that was unpacked.
const MANIFEST: &str = "manifest.json";
/// Most bytes of a manifest.
const LONGEST: u64 = 1 << 20;

/// SHA-256 sums in hexadecimal by the names of files.
pub(super) type Sums = BTreeMap<String, String>;

/// What of a file must not be taken.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Members that end too early, by their number, with where and why.
    pub cut: BTreeMap<usize, String>,
    /// Names of members that differ from what their bundle's manifest says.
    pub wrong: BTreeSet<String>,
    /// Names that the manifest has and the bundle has not.
    pub missing: Vec<String>,
}

/// Reads a file once, or twice if it is a bundle. `beside` is what a manifest in its
/// folder says of it; `tell` hears the number of the reading, from 0, and its bytes so
/// far. What can be read only once, as a pipe, is taken as it comes.
pub(super) fn check(path: &Path, beside: Option<&str>, tell: &mut dyn FnMut(u64, u64)) -> Verdict {
    if !path.is_file() {
        return Verdict::default();
    }
    let read = Rc::new(Cell::new(0));
    let beside = beside.map(|sum| (String::new(), sum.to_owned()));
    let (verdict, sums) = (Verdict::default(), Sums::from_iter(beside));
    let mut check = Check { members: 0, pieces: 0, sums, verdict, read: read.clone(), tell };
    let Ok(()) = walk(path, &read, &mut check);
    let Check { sums, mut verdict, .. } = check;
    if !sums.is_empty() {
        let read = Rc::new(Cell::new(0));
        let (seen, wrong) = (BTreeSet::new(), BTreeSet::new());
        let mut compare = Compare { sums, seen, wrong, read: read.clone(), tell };
        let Ok(()) = walk(path, &read, &mut compare);
        let Compare { sums, seen, wrong, .. } = compare;
        verdict.wrong = wrong;
        verdict.missing = sums.into_keys().filter(|name| !seen.contains(name)).collect();
    }
    verdict
}

/// What the manifest in a folder says of the files beside it, if there is one.
pub(super) fn beside(folder: &Path) -> Sums {
    let path = folder.join(MANIFEST);
    let small = path.metadata().is_ok_and(|m| m.is_file() && m.len() <= LONGEST);
    let bytes = small.then(|| std::fs::read(&path).ok()).flatten();
    bytes.map(|bytes| sums(&bytes, "")).unwrap_or_default()
}

/// The sums of a manifest by the names of its members, which lie where it does; none if it
/// is something else.
fn sums(manifest: &[u8], folder: &str) -> Sums {
    let Ok(record) = serde_json::from_slice::<Object>(manifest) else { return Sums::new() };
    let files = object(&record, &["files"]).filter(|_| recognise(&record) == Shape::Bundle);
    let sum = |said: &Value| said.get("sha256").and_then(Value::as_str).map(str::to_owned);
    files
        .into_iter()
        .flatten()
        .map(|(name, said)| (format!("{folder}{name}"), sum(said).unwrap_or_default()))
        .collect()
}

/// Looks for members that end too early, and for a manifest.
struct Check<'a> {
    members: usize,
    pieces: usize,
    sums: Sums,
    verdict: Verdict,
    read: Rc<Cell<u64>>,
    tell: &'a mut dyn FnMut(u64, u64),
}

impl Visit for Check<'_> {
    type Error = Infallible;

    fn member(&mut self, name: &str, content: Content<'_>) -> Result<(), Infallible> {
        let number = self.members;
        self.members += 1;
        // What cannot be opened is told of by whoever takes it.
        let Ok(Opened::Pieces(mut pieces)) = open(content) else { return Ok(()) };
        let mut first = true;
        loop {
            self.pieces += 1;
            if self.pieces.is_multiple_of(STEP) {
                (self.tell)(0, self.read.get());
            }
            let cut = match pieces.next() {
                Ok(None) => return Ok(()),
                Ok(Some(Piece::Bad { at, reason })) if pieces.is_cut() => {
                    format!(", {at}: {reason}")
                }
                Ok(Some(Piece::Record { bytes, .. })) => {
                    if first && name.ends_with(MANIFEST) && bytes.len() as u64 <= LONGEST {
                        let end = name.rfind(['/', ' ']).map_or(0, |at| at + 1);
                        self.sums.extend(sums(&bytes, &name[..end]));
                    }
                    first = false;
                    pieces.reuse(bytes);
                    continue;
                }
                Ok(Some(_)) => {
                    first = false;
                    continue;
                }
                Err(error) => format!(": {}", plain(&error)),
            };
            self.verdict.cut.insert(number, cut);
            return Ok(());
        }
    }

    fn skip(&mut self, _: &str, _: &str) {}

    fn fail(&mut self, _: &str, _: &io::Error) {}
}

/// Compares members with the sums of a manifest.
struct Compare<'a> {
    sums: Sums,
    seen: BTreeSet<String>,
    wrong: BTreeSet<String>,
    read: Rc<Cell<u64>>,
    tell: &'a mut dyn FnMut(u64, u64),
}

impl Visit for Compare<'_> {
    type Error = Infallible;

    fn raw(&mut self, name: &str, reader: &mut dyn BufRead) -> io::Result<bool> {
        let Some(said) = self.sums.get(name) else { return Ok(false) };
        self.seen.insert(name.to_owned());
        let mut hasher = Sha256::new();
        loop {
            let buffer = reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            hasher.update(buffer);
            (self.tell)(1, self.read.get());
            let length = buffer.len();
            reader.consume(length);
        }
        let sum: String = hasher.finalize().iter().map(|b| format!("{b:02x}")).collect();
        if !sum.eq_ignore_ascii_case(said) {
            self.wrong.insert(name.to_owned());
        }
        Ok(true)
    }

    fn member(&mut self, _: &str, _: Content<'_>) -> Result<(), Infallible> {
        Ok(())
    }

    fn skip(&mut self, _: &str, _: &str) {}

    fn fail(&mut self, name: &str, _: &io::Error) {
        if self.sums.contains_key(name) {
            self.wrong.insert(name.to_owned());
        }
    }
}
