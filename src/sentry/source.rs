//! Finds the files of an import and looks at streams. What a stream is shows in its
//! first bytes, never in its name: its encoding, and whether it is JSON.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

pub(super) const BUFFER: usize = 256 << 10;

/// Lists a file, or the files below a folder sorted by path. Links inside a
/// folder are not followed, and what Git keeps of a repository is no export.
pub(super) fn list(path: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let metadata = std::fs::metadata(path).map_err(|e| (path.to_owned(), e))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let fail = |e| (folder.clone(), e);
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let kind = entry.file_type().map_err(fail)?;
            if entry.file_name() == ".git" {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What a stream holds, by its first bytes.
pub(super) enum Content<'a> {
    /// UTF-8 that begins like JSON.
    Json(Box<dyn BufRead + 'a>),
    /// Other UTF-8.
    Text(Box<dyn BufRead + 'a>),
    /// Nothing but white space.
    Empty,
    Binary,
}

/// Looks at a stream and turns its encoding into UTF-8.
pub(super) fn content(mut reader: Box<dyn BufRead + '_>) -> io::Result<Content<'_>> {
    let head = reader.fill_buf()?;
    let mut reader: Box<dyn BufRead + '_> = if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        reader.consume(3);
        reader
    } else if let Some((big, mark)) = utf16(head) {
        // What a redirect in PowerShell writes.
        reader.consume(mark);
        Box::new(BufReader::with_capacity(BUFFER, Utf16 { reader, big, out: Vec::new(), at: 0 }))
    } else {
        reader
    };
    loop {
        let head = reader.fill_buf()?;
        if head.is_empty() {
            return Ok(Content::Empty);
        }
        match head.iter().position(|b| !b.is_ascii_whitespace() && *b != 0x1e) {
            Some(at) if matches!(head[at], b'{' | b'[') => return Ok(Content::Json(reader)),
            Some(_) if head.iter().take(4096).any(|b| *b == 0) => return Ok(Content::Binary),
            Some(at) => {
                reader.consume(at);
                return Ok(Content::Text(reader));
            }
            None => {
                let length = head.len();
                reader.consume(length);
            }
        }
    }
}

/// Whether a stream that begins so is UTF-16, with the more significant byte first or not,
/// and how long its mark is. Without a mark, two characters of ASCII show it.
fn utf16(head: &[u8]) -> Option<(bool, usize)> {
    let ascii = |b: u8| b.is_ascii_graphic() || b.is_ascii_whitespace();
    match *head {
        [0xff, 0xfe, ..] => Some((false, 2)),
        [0xfe, 0xff, ..] => Some((true, 2)),
        [a, 0, b, 0, ..] if ascii(a) && ascii(b) => Some((false, 0)),
        [0, a, 0, b, ..] if ascii(a) && ascii(b) => Some((true, 0)),
        _ => None,
    }
}

/// The first bytes of a stream, at most `most`, and the whole stream again.
pub(super) fn peek<'a>(
    mut reader: Box<dyn BufRead + 'a>,
    most: usize,
) -> io::Result<(Vec<u8>, Box<dyn BufRead + 'a>)> {
    let head = reader.fill_buf()?;
    if head.len() >= most {
        return Ok((head[..most].to_vec(), reader));
    }
    let mut head = Vec::new();
    reader.by_ref().take(most as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(reader))))
}

/// Turns UTF-16 into UTF-8 as it is read.
struct Utf16<'a> {
    reader: Box<dyn BufRead + 'a>,
    big: bool,
    out: Vec<u8>,
    at: usize,
}

impl Utf16<'_> {
    fn refill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        let mut units = Vec::with_capacity(4096);
        while units.len() < 4096 {
            match self.unit()? {
                Some(unit) => units.push(unit),
                None => break,
            }
        }
        // A pair must not be torn between two chunks.
        if units.last().is_some_and(|u| (0xd800..0xdc00).contains(u)) {
            units.extend(self.unit()?);
        }
        for c in char::decode_utf16(units) {
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(())
    }

    fn unit(&mut self) -> io::Result<Option<u16>> {
        let mut pair = [0; 2];
        match self.reader.read_exact(&mut pair) {
            Ok(()) if self.big => Ok(Some(u16::from_be_bytes(pair))),
            Ok(()) => Ok(Some(u16::from_le_bytes(pair))),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(e) => Err(e),
        }
    }
}

impl Read for Utf16<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.out.len() {
            self.refill()?;
        }
        let count = buffer.len().min(self.out.len() - self.at);
        buffer[..count].copy_from_slice(&self.out[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: &[u8]) -> Option<String> {
        let mut text = String::new();
        match content(Box::new(bytes)).unwrap() {
            Content::Json(mut reader) => reader.read_to_string(&mut text).unwrap(),
            _ => return None,
        };
        Some(text)
    }

    #[test]
    fn encodings_show_in_the_first_bytes() {
        let text = r#"{"a":"ä😀"}"#;
        let mut little = vec![0xff, 0xfe];
        little.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let mut big = vec![0xfe, 0xff];
        big.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let unmarked = [little[2..].to_vec(), big[2..].to_vec()];
        for bytes in [text.as_bytes().to_vec(), little, big, marked].into_iter().chain(unmarked) {
            assert_eq!(json(&bytes).as_deref(), Some(text));
        }
    }

    #[test]
    fn other_content_is_told_apart() {
        for bytes in [&b""[..], b"  \n"] {
            assert!(matches!(content(Box::new(bytes)).unwrap(), Content::Empty));
        }
        for bytes in [&b"# hello"[..], b"\n ID | TITLE"] {
            assert!(matches!(content(Box::new(bytes)).unwrap(), Content::Text(_)));
        }
        assert!(matches!(content(Box::new(&b"\x89PNG\r\n\0"[..])).unwrap(), Content::Binary));
    }

    #[test]
    fn a_short_head_is_given_back() {
        for size in [3, 600] {
            let bytes = vec![7; size];
            let (head, mut rest) = peek(Box::new(bytes.as_slice()), 512).unwrap();
            let mut all = Vec::new();
            rest.read_to_end(&mut all).unwrap();
            assert_eq!((head.len(), all.len()), (size.min(512), size));
        }
    }
}
