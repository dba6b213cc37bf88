//! Walks through what a file holds: itself, or the files of a zip or tar archive
//! and of archives within it. Nothing is unpacked to disk: members are streams, and
//! their names serve messages only, so a path cannot lead anywhere.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::GzDecoder;

use super::source::{self, BUFFER, Content, peek};

/// How much of what is packed a file may unpack to: this many times its own size...
const RATIO: u64 = 250;
/// ...but always this much, and never more than the last.
const FLOOR: u64 = 256 << 20;
const TOTAL: u64 = 1 << 40;
/// Archives within an archive that are entered.
const DEPTH: usize = 1;
/// A zip archive within another is held in memory, up to this size.
const HELD: u64 = 64 << 20;
/// Bytes of a member's name that are read.
const NAME: u64 = 4096;
/// Times that a stream may be packed, or have headers before it.
const LAYERS: usize = 4;
/// Bytes of the headers of an answer.
const HEADERS: u64 = 64 << 10;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Hears of each member of a file; the name is empty for the file itself.
pub(super) trait Visit {
    type Error;
    fn member(&mut self, name: &str, content: Content<'_>) -> Result<(), Self::Error>;
    /// Offers a member as it lies there; true if that was all to do with it, and else
    /// nothing of it may have been read.
    fn raw(&mut self, _name: &str, _reader: &mut dyn BufRead) -> io::Result<bool> {
        Ok(false)
    }
    /// Something that is no file to read, and why.
    fn skip(&mut self, name: &str, reason: &str);
    fn fail(&mut self, name: &str, error: &io::Error);
}

/// Counts the bytes that come out of decoders, against bombs.
#[derive(Debug, Clone)]
struct Budget {
    left: Rc<Cell<u64>>,
}

struct Metered<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.budget.left.get();
        if count as u64 > left {
            return Err(io::Error::other(
                "it unpacks to far more than its size, as a zip bomb does; unpack it by other \
                 means if it is none",
            ));
        }
        self.budget.left.set(left - count as u64);
        Ok(count)
    }
}

/// Counts the bytes that were read of a file.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Visits what a file holds, in the order in which it lies there; `read` counts the
/// bytes of the file on the way. Fails only with the visitor's own error.
pub(super) fn walk<V: Visit>(
    path: &Path,
    read: &Rc<Cell<u64>>,
    visit: &mut V,
) -> Result<(), V::Error> {
    let opened = File::open(path).and_then(|file| {
        let size = file.metadata()?.len();
        Ok((Counted { file, read: read.clone() }, size))
    });
    let (file, size) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            visit.fail("", &error);
            return Ok(());
        }
    };
    let left = size.saturating_mul(RATIO).clamp(FLOOR, TOTAL);
    let budget = Budget { left: Rc::new(Cell::new(left)) };
    let mut reader = BufReader::with_capacity(BUFFER, file);
    match reader.fill_buf() {
        Ok(head) if is_zip(head) && path.is_file() => match reader.rewind() {
            Ok(()) => zip(reader, "", 0, &budget, visit),
            Err(error) => {
                visit.fail("", &error);
                Ok(())
            }
        },
        Ok(_) => stream("", Box::new(reader), 0, &budget, visit),
        Err(error) => {
            visit.fail("", &error);
            Ok(())
        }
    }
}

/// Visits a stream: what it unpacks to, and, if that is an archive, its members.
fn stream<'a, V: Visit>(
    name: &str,
    mut reader: Box<dyn BufRead + 'a>,
    depth: usize,
    budget: &Budget,
    visit: &mut V,
) -> Result<(), V::Error> {
    match visit.raw(name, &mut reader) {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(error) => {
            visit.fail(name, &error);
            return Ok(());
        }
    }
    let trail = Rc::new(Cell::new(false));
    let opened = unpack(reader, budget, &trail).and_then(|reader| peek(reader, 512));
    let (head, reader) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            visit.fail(name, &error);
            return Ok(());
        }
    };
    unpacked(name, &head, reader, depth, budget, visit)?;
    if trail.get() {
        visit.skip(name, "bytes that follow the end of its gzip stream, which were not read");
    }
    Ok(())
}

/// Visits a stream that is not packed any more.
fn unpacked<V: Visit>(
    name: &str,
    head: &[u8],
    mut reader: Box<dyn BufRead + '_>,
    depth: usize,
    budget: &Budget,
    visit: &mut V,
) -> Result<(), V::Error> {
    let archive = is_tar(head) || is_zip(head);
    if archive && depth > DEPTH {
        visit.skip(name, "an archive within an archive within an archive; unpack the outer one");
        return Ok(());
    }
    if is_tar(head) {
        return tar(reader, name, depth, budget, visit);
    }
    if is_zip(head) {
        let mut held = Vec::new();
        return match reader.by_ref().take(HELD + 1).read_to_end(&mut held) {
            Ok(read) if read as u64 > HELD => {
                visit.skip(name, "a zip archive of more than 64 MB within another file; unpack it");
                Ok(())
            }
            Ok(_) => zip(Cursor::new(held), name, depth, budget, visit),
            Err(error) => {
                visit.fail(name, &error);
                Ok(())
            }
        };
    }
    match source::content(reader) {
        Ok(content) => visit.member(name, content),
        Err(error) => {
            visit.fail(name, &error);
            Ok(())
        }
    }
}

/// What a stream holds without what it is packed in, and without the headers that
/// `curl -i` writes before an answer. `trail` is set when bytes of no stream follow one of
/// gzip.
fn unpack<'a>(
    mut reader: Box<dyn BufRead + 'a>,
    budget: &Budget,
    trail: &Rc<Cell<bool>>,
) -> io::Result<Box<dyn BufRead + 'a>> {
    for _ in 0..LAYERS {
        let (head, mut rest) = peek(reader, 16)?;
        let budget = budget.clone();
        reader = if head.starts_with(&GZIP) {
            let inner = Gzip { decoder: Some(GzDecoder::new(rest)), trail: trail.clone() };
            Box::new(BufReader::with_capacity(BUFFER, Metered { inner, budget }))
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            let inner = zstd::stream::read::Decoder::with_buffer(rest)?;
            Box::new(BufReader::with_capacity(BUFFER, Metered { inner, budget }))
        } else if is_answer(&head) {
            skip_headers(&mut rest)?;
            rest
        } else {
            return Ok(rest);
        };
    }
    Err(io::Error::other("it is packed again and again; unpack it"))
}

/// The streams of gzip that follow each other, up to what is none.
struct Gzip<R> {
    decoder: Option<GzDecoder<R>>,
    trail: Rc<Cell<bool>>,
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(mut decoder) = self.decoder.take() {
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                self.decoder = Some(decoder);
                return Ok(count);
            }
            let mut rest = decoder.into_inner();
            let head = rest.fill_buf()?;
            if head.first() == Some(&GZIP[0]) {
                self.decoder = Some(GzDecoder::new(rest));
            } else {
                self.trail.set(!head.is_empty());
            }
        }
        Ok(0)
    }
}

/// Whether a text begins with the first line of an answer, as `HTTP/1.1 200 OK`.
fn is_answer(head: &[u8]) -> bool {
    let mut words = head.split(|b| *b == b' ');
    let version = words.next().and_then(|word| word.strip_prefix(b"HTTP/"));
    let status = words.next();
    version.is_some_and(|v| v.iter().all(|b| b.is_ascii_digit() || *b == b'.'))
        && status.is_some_and(|s| s.len() >= 3 && s[..3].iter().all(u8::is_ascii_digit))
}

/// Passes over headers and the empty line after them.
fn skip_headers(reader: &mut Box<dyn BufRead + '_>) -> io::Result<()> {
    let mut left = HEADERS;
    while left > 0 {
        let mut line = Vec::new();
        let count = reader.by_ref().take(left).read_until(b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        left -= count as u64;
    }
    Err(io::Error::other("the headers of the answer that it begins with do not end"))
}

fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar") || has_tar_checksum(head)
}

/// The oldest form of tar has no mark, but a checksum: the sum of its header's bytes, with
/// eight spaces in place of the sum.
fn has_tar_checksum(head: &[u8]) -> bool {
    let (Some(header), Some(field)) = (head.get(..512), head.get(148..156)) else { return false };
    let add = |bytes: &[u8]| bytes.iter().map(|b| u32::from(*b)).sum::<u32>();
    let said = std::str::from_utf8(field).ok().map(|text| text.trim_matches([' ', '\0']));
    let said = said.and_then(|digits| u32::from_str_radix(digits, 8).ok());
    header[0] != 0 && said == Some(add(header) - add(field) + 8 * u32::from(b' '))
}

fn zip<V: Visit>(
    reader: impl Read + Seek,
    within: &str,
    depth: usize,
    budget: &Budget,
    visit: &mut V,
) -> Result<(), V::Error> {
    let mut archive = match zip::ZipArchive::new(reader) {
        Ok(archive) => archive,
        Err(error) => {
            visit.fail(within, &error.into());
            return Ok(());
        }
    };
    for number in 0..archive.len() {
        let member = match archive.by_index(number) {
            Ok(member) => member,
            Err(error) => {
                visit.fail(&inside(within, &format!("member {number}")), &error.into());
                continue;
            }
        };
        let name = inside(within, &String::from_utf8_lossy(member.name_raw()));
        if member.is_dir() {
            continue;
        }
        if member.is_symlink() {
            visit.skip(&name, LINK);
            continue;
        }
        let inner = Metered { inner: member, budget: budget.clone() };
        stream(&name, Box::new(BufReader::new(inner)), depth + 1, budget, visit)?;
    }
    Ok(())
}

const LINK: &str = "a link; it is not followed";

fn tar<V: Visit>(
    reader: Box<dyn BufRead + '_>,
    within: &str,
    depth: usize,
    budget: &Budget,
    visit: &mut V,
) -> Result<(), V::Error> {
    let mut archive = tar::Archive::new(reader);
    // Raw, for the library would hold a long name of any length in memory.
    let entries = match archive.entries() {
        Ok(entries) => entries.raw(true),
        Err(error) => {
            visit.fail(within, &error);
            return Ok(());
        }
    };
    let mut long = None;
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                // Where the next member begins is not known any more.
                visit.fail(within, &error);
                return Ok(());
            }
        };
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() || kind.is_pax_local_extensions() {
            let mut text = Vec::new();
            if let Err(error) = entry.by_ref().take(NAME).read_to_end(&mut text) {
                visit.fail(within, &error);
                return Ok(());
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            long = if kind.is_gnu_longname() { Some(text) } else { pax_path(&text) };
            continue;
        }
        let name = long
            .take()
            .unwrap_or_else(|| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
        let name = inside(within, name.trim_end_matches('\0'));
        // The oldest form has no type for folders.
        if kind.is_file() && name.ends_with('/') {
            continue;
        }
        if kind.is_symlink() || kind.is_hard_link() {
            visit.skip(&name, LINK);
        } else if kind.is_file() || kind.is_contiguous() {
            stream(&name, Box::new(BufReader::new(entry)), depth + 1, budget, visit)?;
        } else if !kind.is_dir() && !kind.is_gnu_longlink() && !kind.is_pax_global_extensions() {
            visit.skip(&name, "not a plain file");
        }
    }
    Ok(())
}

/// The path among the records of a pax header, `LENGTH KEY=VALUE` a line.
fn pax_path(text: &str) -> Option<String> {
    text.lines().find_map(|l| Some(l.split_once(' ')?.1.strip_prefix("path=")?.to_owned()))
}

fn inside(within: &str, name: &str) -> String {
    if within.is_empty() { name.to_owned() } else { format!("{within}: {name}") }
}
