//! Reads a stream line by line with a bound on what a line may take, and keeps count of
//! where it is.

use std::io::{self, BufRead};

use super::split::Position;

/// A line without its line feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// At most as many bytes as were asked for.
    pub bytes: Vec<u8>,
    /// Whether it had more.
    pub too_long: bool,
    /// Whether a line feed ended it, and not the stream.
    pub ended: bool,
}

pub(super) struct Lines<R> {
    reader: R,
    at: Position,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, at: Position { line: 1, byte: 0 } }
    }

    /// Where the next line begins.
    pub(super) fn at(&self) -> Position {
        self.at
    }

    /// The next line, of which `limit` bytes are kept; `None` at the end.
    pub(super) fn next(&mut self, limit: usize) -> io::Result<Option<Line>> {
        let mut line = Line { bytes: Vec::new(), too_long: false, ended: false };
        let mut any = false;
        while !line.ended {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = buffer.iter().position(|b| *b == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let room = limit - line.bytes.len();
            line.too_long |= part.len() > room;
            line.bytes.extend_from_slice(&part[..part.len().min(room)]);
            line.ended = end.is_some();
            let count = end.map_or(buffer.len(), |end| end + 1);
            self.pass(count)?;
        }
        Ok(any.then_some(line))
    }

    /// Takes that many bytes and the line feed after them, if there is one; the bytes
    /// are kept only if asked for. `None` if the stream ends first.
    pub(super) fn block(&mut self, length: u64, keep: bool) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let mut left = length;
        while left > 0 {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if keep {
                bytes.extend_from_slice(&buffer[..count]);
            }
            self.pass(count)?;
            left -= count as u64;
        }
        if self.reader.fill_buf()?.first() == Some(&b'\n') {
            self.pass(1)?;
        }
        Ok(Some(bytes))
    }

    /// Passes over that many of the buffered bytes.
    fn pass(&mut self, count: usize) -> io::Result<()> {
        let buffer = self.reader.fill_buf()?;
        self.at.line += buffer[..count].iter().filter(|b| **b == b'\n').count() as u64;
        self.at.byte += count as u64;
        self.reader.consume(count);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn lines_are_bounded_and_counted() {
        // A buffer that is shorter than the lines.
        let reader = BufReader::with_capacity(3, &b"abcdef\n\nxy\n12\n3\nend"[..]);
        let mut lines = Lines::new(reader);
        let mut next = |limit| {
            let line = lines.next(limit).unwrap().unwrap();
            (String::from_utf8(line.bytes).unwrap(), line.too_long, line.ended)
        };
        assert_eq!(next(4), ("abcd".into(), true, true));
        assert_eq!(next(4), (String::new(), false, true));
        assert_eq!(next(2), ("xy".into(), false, true));
        assert_eq!(lines.at(), Position { line: 4, byte: 11 });
        assert_eq!(lines.block(4, true).unwrap(), Some(b"12\n3".to_vec()));
        assert_eq!(lines.at(), Position { line: 6, byte: 16 });
        let last = lines.next(9).unwrap().unwrap();
        assert_eq!((last.bytes.as_slice(), last.ended), (&b"end"[..], false));
        assert_eq!(lines.next(9).unwrap(), None);
        assert_eq!(Lines::new(&b"ab"[..]).block(3, false).unwrap(), None);
    }
}
