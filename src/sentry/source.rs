//! Finds and opens the files of an import. What a file is shows in its first
//! bytes, never in its name: compression, encoding, and whether it is JSON.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

const BUFFER: usize = 256 << 10;

/// Lists a file, or the files below a folder sorted by path. Links inside a
/// folder are not followed.
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

/// Opens a file as a stream of UTF-8 JSON; `None` if it is not JSON.
pub(super) fn open(path: &Path) -> io::Result<Option<Box<dyn BufRead>>> {
    let file = BufReader::with_capacity(BUFFER, File::open(path)?);
    text(unpack(Box::new(file))?)
}

fn unpack(mut reader: Box<dyn BufRead>) -> io::Result<Box<dyn BufRead>> {
    let head = reader.fill_buf()?;
    if head.starts_with(&[0x1f, 0x8b]) {
        let decoder = flate2::bufread::MultiGzDecoder::new(reader);
        Ok(Box::new(BufReader::with_capacity(BUFFER, decoder)))
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
        Ok(Box::new(BufReader::with_capacity(BUFFER, decoder)))
    } else {
        Ok(reader)
    }
}

fn text(mut reader: Box<dyn BufRead>) -> io::Result<Option<Box<dyn BufRead>>> {
    let head = reader.fill_buf()?;
    let mut reader: Box<dyn BufRead> = if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        reader.consume(3);
        reader
    } else if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        // What a redirect in PowerShell writes.
        let big = head[0] == 0xfe;
        reader.consume(2);
        Box::new(BufReader::with_capacity(BUFFER, Utf16 { reader, big, out: Vec::new(), at: 0 }))
    } else {
        reader
    };
    loop {
        let head = reader.fill_buf()?;
        if head.is_empty() {
            return Ok(None);
        }
        match head.iter().position(|b| !b.is_ascii_whitespace() && *b != 0x1e) {
            Some(at) => return Ok(matches!(head[at], b'{' | b'[').then_some(reader)),
            None => {
                let length = head.len();
                reader.consume(length);
            }
        }
    }
}

/// Turns UTF-16 into UTF-8 as it is read.
struct Utf16 {
    reader: Box<dyn BufRead>,
    big: bool,
    out: Vec<u8>,
    at: usize,
}

impl Utf16 {
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

impl Read for Utf16 {
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
    use std::io::Write;

    use super::*;

    fn opened(bytes: &[u8]) -> Option<String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut text = String::new();
        open(file.path()).unwrap()?.read_to_string(&mut text).unwrap();
        Some(text)
    }

    #[test]
    fn compression_and_encoding_show_in_the_first_bytes() {
        let json = r#"{"a":"ä😀"}"#;
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(json.as_bytes()).unwrap();
        let zst = zstd::encode_all(json.as_bytes(), 1).unwrap();
        let mut little = vec![0xff, 0xfe];
        little.extend(json.encode_utf16().flat_map(u16::to_le_bytes));
        let mut big = vec![0xfe, 0xff];
        big.extend(json.encode_utf16().flat_map(u16::to_be_bytes));
        let marked = [b"\xef\xbb\xbf", json.as_bytes()].concat();
        for bytes in [json.as_bytes().to_vec(), gz.finish().unwrap(), zst, little, big, marked] {
            assert_eq!(opened(&bytes).as_deref(), Some(json));
        }
    }

    #[test]
    fn other_content_is_not_opened() {
        for bytes in [&b""[..], b"  \n", b"# hello", b"\x89PNG\r\n", b"ID | TITLE"] {
            assert_eq!(opened(bytes), None);
        }
    }
}
