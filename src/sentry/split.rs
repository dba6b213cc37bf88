//! Splits a stream into the bytes of its JSON records without holding the file:
//! arrays and `{"data": [...]}` wrappers are entered, objects are handed out
//! one by one, and a broken record costs only itself.

use std::io::{self, BufRead};

/// Most bytes of one record; Sentry itself takes events of 1 MB. What a record may take
/// when parsed is bounded by the number of its values, in `json`.
pub(super) const RECORD_LIMIT: usize = 16 << 20;

/// Most bytes of a buffer that is kept for the next record.
const SPARE: usize = 1 << 20;

/// Keys whose array holds the records of a page.
const WRAPPERS: [&[u8]; 4] = [b"data", b"results", b"issues", b"Messages"];

/// Where a record begins in the decoded stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub line: u64,
    pub byte: u64,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} (byte {})", self.line, self.byte)
    }
}

/// What comes next in a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The bytes of one object with balanced brackets; it may still be bad JSON.
    Record { bytes: Vec<u8>, at: Position },
    /// Something that is no record, and why.
    Bad { at: Position, reason: &'static str },
    /// A record of a text, put together as the API would have it, and what of it could
    /// not be read.
    Read { record: super::json::Object, at: Position, unread: Vec<&'static str> },
    /// Something whole that is never imported, and what it is.
    Left(&'static str),
}

enum Enclosure {
    Array,
    /// An object whose records have been handed out; the rest is skipped.
    Wrapper,
}

pub(super) struct Splitter<R> {
    reader: R,
    limit: usize,
    at: Position,
    within: Vec<Enclosure>,
    ended: bool,
    cut: bool,
    /// Whether a list was entered, and whether any of its items was no record.
    list: bool,
    scalar: bool,
    /// The buffer of a record that was done with.
    spare: Vec<u8>,
}

/// How reading one object went.
enum Object {
    Whole,
    Wrapper,
    Bad(&'static str),
}

impl<R: BufRead> Splitter<R> {
    pub(super) fn new(reader: R, limit: usize) -> Self {
        let at = Position { line: 1, byte: 0 };
        Self {
            reader,
            limit,
            at,
            within: Vec::new(),
            ended: false,
            cut: false,
            list: false,
            scalar: false,
            spare: Vec::new(),
        }
    }

    /// The next piece, or `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        while !self.ended {
            let at = self.at;
            let Some(byte) = self.byte()? else {
                self.ended = true;
                self.cut = !self.within.is_empty();
                let reason = "the file ends inside a list";
                return Ok((!self.within.is_empty()).then_some(Piece::Bad { at, reason }));
            };
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | 0x1e => {}
                b'[' => {
                    self.list = true;
                    self.within.push(Enclosure::Array);
                }
                b']' if matches!(self.within.last(), Some(Enclosure::Array)) => {
                    self.within.pop();
                    if matches!(self.within.last(), Some(Enclosure::Wrapper)) {
                        self.within.pop();
                        if !self.skip_rest()? {
                            (self.ended, self.cut) = (true, true);
                            let reason = "the file ends before its wrapper is closed";
                            return Ok(Some(Piece::Bad { at, reason }));
                        }
                    }
                }
                b'{' => {
                    let mut bytes = std::mem::take(&mut self.spare);
                    match self.object(&mut bytes)? {
                        Object::Whole => return Ok(Some(Piece::Record { bytes, at })),
                        Object::Wrapper => {
                            self.list = true;
                            self.within.push(Enclosure::Wrapper);
                            self.within.push(Enclosure::Array);
                        }
                        Object::Bad(reason) => return Ok(Some(Piece::Bad { at, reason })),
                    }
                }
                other => {
                    self.scalar = true;
                    if self.skip_scalar(other)? && self.within.is_empty() {
                        return Ok(Some(Piece::Bad { at, reason: "this is not JSON" }));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Takes the bytes of a record back, so that the next one need no new buffer.
    pub(super) fn reuse(&mut self, mut bytes: Vec<u8>) {
        if bytes.capacity() <= SPARE {
            bytes.clear();
            self.spare = bytes;
        }
    }

    /// Whether there was a list, and nothing in it but records.
    pub(super) fn had_list(&self) -> bool {
        self.list && !self.scalar
    }

    /// Whether the stream ended where its brackets do not.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// What is buffered; empty at the end.
    fn fill(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.reader.fill_buf() {
                Ok(_) => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.reader.fill_buf()
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.fill()?.first().copied())
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let Some(byte) = self.peek()? else { return Ok(None) };
        self.reader.consume(1);
        self.at.byte += 1;
        self.at.line += u64::from(byte == b'\n');
        Ok(Some(byte))
    }

    /// Reads on from an opening brace to the one that closes it.
    fn object(&mut self, bytes: &mut Vec<u8>) -> io::Result<Object> {
        bytes.push(b'{');
        let mut scan = Scan { depth: 1, len: 1, last: b'{', ..Scan::default() };
        let mut one_line = true;
        loop {
            let limit = self.limit;
            let buffer = self.fill()?;
            if buffer.is_empty() {
                (self.ended, self.cut) = (true, true);
                return Ok(Object::Bad("the file ends inside this record"));
            }
            let (taken, stop) = scan.run(buffer);
            let room = limit.saturating_sub(bytes.len());
            bytes.extend_from_slice(&buffer[..taken.min(room)]);
            self.reader.consume(taken);
            self.at.byte += taken as u64;
            let too_long = scan.len > limit;
            match stop {
                None => {}
                Some(Stop::Closed) if too_long => {
                    return Ok(Object::Bad("this record is larger than the limit"));
                }
                Some(Stop::Closed) => return Ok(Object::Whole),
                Some(Stop::Array) if scan.opens_page(bytes) => return Ok(Object::Wrapper),
                Some(Stop::Array) => {}
                Some(Stop::Line) => {
                    self.at.line += 1;
                    // Strings hold no raw line feed: this one was never closed.
                    let torn = std::mem::take(&mut scan.in_string);
                    let open = torn || !matches!(scan.previous, b':' | b',' | b'[' | b'{');
                    if self.within.is_empty() && one_line && open && self.peek()? == Some(b'{') {
                        // A line of NDJSON that was cut; the next is a record of its own.
                        return Ok(Object::Bad("this line was cut off"));
                    }
                    one_line = false;
                }
            }
        }
    }

    /// Skips to the end of a wrapper; false if the file ends first.
    fn skip_rest(&mut self) -> io::Result<bool> {
        let mut scan = Scan { depth: 1, ..Scan::default() };
        while scan.depth > 0 {
            match self.byte()? {
                Some(byte) => scan.step(byte),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Skips a string, number or word; true if it is no JSON scalar.
    fn skip_scalar(&mut self, first: u8) -> io::Result<bool> {
        if first == b'"' {
            let mut escaped = false;
            while let Some(byte) = self.byte()? {
                match byte {
                    b'\\' if !escaped => escaped = true,
                    b'"' if !escaped => return Ok(false),
                    b'\n' => return Ok(true),
                    _ => escaped = false,
                }
            }
            return Ok(true);
        }
        let scalar = first.is_ascii_digit() || matches!(first, b'-' | b't' | b'f' | b'n' | b'N');
        // At the top what is no record runs to the end of its line.
        let top = self.within.is_empty();
        while let Some(byte) = self.peek()? {
            if byte == b'\n' || (!top && matches!(byte, b',' | b']')) {
                break;
            }
            self.byte()?;
        }
        Ok(!scalar || top)
    }
}

/// Follows brackets and strings; `key` is where the last string at depth 1 lies.
#[derive(Default)]
struct Scan {
    depth: usize,
    /// Bytes of the record so far.
    len: usize,
    in_string: bool,
    escaped: bool,
    string_start: usize,
    key: Option<(usize, usize)>,
    after_colon: bool,
    /// The last byte, and the one before it.
    last: u8,
    previous: u8,
}

/// How many bytes of a string come before one that counts, eight at a time.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The lowest bit that is set is at the first byte that is equal.
    let equal = |word: u64, byte: u8| {
        let differs = word ^ (ONES * u64::from(byte));
        differs.wrapping_sub(ONES) & !differs & (ONES << 7)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let hits = equal(word, b'"') | equal(word, b'\\') | equal(word, b'\n');
        if hits != 0 {
            return n * 8 + hits.trailing_zeros() as usize / 8;
        }
    }
    let end = rest.iter().position(|b| matches!(b, b'"' | b'\\' | b'\n'));
    words.len() * 8 + end.unwrap_or(rest.len())
}

/// How many bytes of a string come before its closing quote; none if a line feed or the
/// end of the bytes come first.
fn string(bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    loop {
        end += plain(&bytes[end..]);
        match bytes.get(end..end + 2)? {
            [b'"', _] => return Some(end),
            [b'\\', escaped] if *escaped != b'\n' => end += 2,
            _ => return None,
        }
    }
}

/// Where a run over buffered bytes paused.
enum Stop {
    /// The record's last brace.
    Closed,
    /// After the bracket of an array at depth 1.
    Array,
    /// After a line feed.
    Line,
}

impl Scan {
    /// Takes bytes up to the next that the splitter must look at; how many.
    fn run(&mut self, buffer: &[u8]) -> (usize, Option<Stop>) {
        let mut at = 0;
        while at < buffer.len() {
            if self.in_string && !self.escaped {
                // Most of a record lies in strings, where three bytes count.
                let plain = plain(&buffer[at..]);
                if plain > 0 {
                    at += plain;
                    self.len += plain;
                    self.last = buffer[at - 1];
                    continue;
                }
            }
            if !self.in_string && self.depth > 1 {
                let inner = self.inner(&buffer[at..]);
                if inner > 0 {
                    at += inner;
                    self.len += inner;
                    self.last = buffer[at - 1];
                    continue;
                }
            }
            let byte = buffer[at];
            let array = byte == b'[' && self.depth == 1 && !self.in_string && self.after_colon;
            self.step(byte);
            at += 1;
            if byte == b'\n' {
                return (at, Some(Stop::Line));
            }
            if self.depth == 0 {
                return (at, Some(Stop::Closed));
            }
            if array {
                return (at, Some(Stop::Array));
            }
        }
        (at, None)
    }

    /// Takes bytes outside strings and below depth 1, where keys do not count: up to what
    /// leads back to it, a line feed, or a string that these bytes do not end. How many.
    fn inner(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => match string(&bytes[at + 1..]) {
                    Some(length) => at += length + 1,
                    None => break,
                },
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 2 => break,
                b'}' | b']' => self.depth -= 1,
                b'\n' => break,
                _ => {}
            }
            at += 1;
        }
        at
    }

    fn step(&mut self, byte: u8) {
        self.len += 1;
        (self.previous, self.last) = (self.last, byte);
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    if self.depth == 1 && !self.after_colon {
                        self.key = Some((self.string_start, self.len - 1));
                    }
                    self.after_colon = false;
                }
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.string_start = self.len;
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.after_colon = false;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' => self.after_colon = self.depth == 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => self.after_colon = false,
        }
    }

    /// Whether the array that was just opened holds the records of a page.
    fn opens_page(&self, bytes: &[u8]) -> bool {
        self.key
            .and_then(|(start, end)| bytes.get(start..end))
            .is_some_and(|key| WRAPPERS.contains(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records as text; `!` and the reason for bad ones.
    fn split(text: &str) -> Vec<String> {
        split_with(text, RECORD_LIMIT)
    }

    fn split_with(text: &str, limit: usize) -> Vec<String> {
        let mut splitter = Splitter::new(text.as_bytes(), limit);
        let mut out = Vec::new();
        while let Some(piece) = splitter.next().unwrap() {
            out.push(match piece {
                Piece::Record { bytes, .. } => String::from_utf8(bytes).unwrap(),
                Piece::Bad { reason, at } => format!("!{}: {reason}", at.line),
                other => panic!("{other:?}"),
            });
        }
        out
    }

    #[test]
    fn arrays_objects_and_lines() {
        assert_eq!(split(r#"[{"a":1}, {"b":[{}]}]"#), [r#"{"a":1}"#, r#"{"b":[{}]}"#]);
        assert_eq!(split("{\"a\":1}\n{\"b\":2}\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(split(r#"[[{"a":1}],[{"b":2}]]"#), [r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(split("{\n  \"a\":\n  {}\n}"), ["{\n  \"a\":\n  {}\n}"]);
        assert!(split("").is_empty());
    }

    #[test]
    fn pages_are_entered() {
        let text = r#"{"hasMore":true,"data":[{"a":"]}"},{"b":2}],"nextCursor":"x"}{"c":3}"#;
        assert_eq!(split(text), [r#"{"a":"]}"}"#, r#"{"b":2}"#, r#"{"c":3}"#]);
        assert_eq!(split(r#"{"x":{"data":[1]}}"#), [r#"{"x":{"data":[1]}}"#]);
        assert_eq!(split(r#"{"x":"data","y":[1]}"#), [r#"{"x":"data","y":[1]}"#]);
    }

    #[test]
    fn what_is_whole_survives_a_cut() {
        let cut = split(r#"[{"a":1},{"b":"x"#);
        assert_eq!(cut, [r#"{"a":1}"#, "!1: the file ends inside this record"]);
        assert_eq!(split(r#"[{"a":1},"#), [r#"{"a":1}"#, "!1: the file ends inside a list"]);
        let page = split(r#"{"data":[{"a":1}]"#);
        assert_eq!(page[1], "!1: the file ends before its wrapper is closed");
    }

    #[test]
    fn a_cut_line_costs_only_itself() {
        let text = "{\"a\":1}\n{\"b\":\"x\n{\"c\":3}\n{\"d\":{\"e\":4\n{\"f\":5}\n";
        assert_eq!(
            split(text),
            [
                "{\"a\":1}",
                "!2: this line was cut off",
                "{\"c\":3}",
                "!4: this line was cut off",
                "{\"f\":5}"
            ]
        );
    }

    #[test]
    fn a_huge_record_is_passed_over() {
        let text = format!(r#"[{{"a":"{}"}},{{"b":2}}]"#, "x".repeat(100));
        assert_eq!(
            split_with(&text, 32),
            ["!1: this record is larger than the limit", r#"{"b":2}"#]
        );
    }

    #[test]
    fn the_first_byte_that_counts_is_found() {
        for length in 0..40 {
            let text = "é\u{1}!#[]x0".chars().cycle().take(length).collect::<String>();
            for end in ["\"", "\\", "\n", "\n\"\\", ""] {
                let bytes = format!("{text}{end}{text}");
                let expected = if end.is_empty() { bytes.len() } else { text.len() };
                assert_eq!(plain(bytes.as_bytes()), expected, "{bytes:?}");
            }
        }
    }

    #[test]
    fn where_a_buffer_ends_changes_nothing() {
        let text = concat!(
            "{\"a\":{\"b\":[\"}\\\\\",\"\\\"]\",{}],\n \"c\":{\"data\":[[1,\"x\"]]}}}\n",
            "{\"data\":[{\"d\":[\"\\\\\\\"{\"]}],\"h\":[\"]\"]}\n",
            "{\"e\":{\"f\":\"g\\\n",
            "{\"i\":{\"j\":\"torn\n",
            "{\"k\":[{\"l\":\"long enough to be taken by words\"}]}",
        );
        let split = |capacity: usize| {
            let reader = io::BufReader::with_capacity(capacity, text.as_bytes());
            let mut splitter = Splitter::new(reader, RECORD_LIMIT);
            let mut pieces = Vec::new();
            while let Some(piece) = splitter.next().unwrap() {
                pieces.push(format!("{piece:?}"));
                if let Piece::Record { bytes, .. } = piece {
                    splitter.reuse(bytes);
                }
            }
            pieces
        };
        let whole = split(text.len());
        let bad = whole.iter().filter(|piece| piece.starts_with("Bad")).count();
        assert_eq!((whole.len(), bad), (5, 2), "{whole:#?}");
        for capacity in 1..text.len() {
            assert_eq!(split(capacity), whole, "{capacity}");
        }
    }

    #[test]
    fn text_is_not_json() {
        assert_eq!(split("hello\nworld"), ["!1: this is not JSON", "!2: this is not JSON"]);
        assert!(split("[1, \"x\", null, true]").is_empty());
    }
}
