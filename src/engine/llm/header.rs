//! Walks a GGUF header before it is parsed, so that no count, length or
//! nesting depth of a hostile file reaches an allocation.
//!
//! candle's parser checks lengths against the file, but keeps every value in
//! 32 bytes, recurses through nested arrays and divides by the alignment; the
//! limits here keep all of that small. The format is GGUF's, versions 1-3.

use std::io::Read;

/// Most bytes of a header; a vocabulary with its merges takes a few MB.
const MAX_HEADER: u64 = 256 << 20;
/// Most elements of all arrays together (each takes 32 bytes once parsed).
const MAX_ELEMENTS: u64 = 8 << 20;
const MAX_ENTRIES: u64 = 1 << 16;
const MAX_TENSORS: u64 = 1 << 17;

/// Returns the reason why the header cannot be trusted, if there is one.
pub(super) fn check(reader: impl Read, file_size: u64) -> Result<(), String> {
    Walk { reader, left: file_size.min(MAX_HEADER), wide: true, elements: 0 }.header()
}

struct Walk<R> {
    reader: R,
    left: u64,
    /// Lengths take 8 bytes (from version 2), otherwise 4.
    wide: bool,
    elements: u64,
}

impl<R: Read> Walk<R> {
    fn header(&mut self) -> Result<(), String> {
        if self.bytes::<4>()? != *b"GGUF" {
            return Err("it does not begin with the letters GGUF".into());
        }
        let version = self.u32()?;
        if !(1..=3).contains(&version) {
            return Err(format!("its GGUF version is {version}, only 1 to 3 are known"));
        }
        self.wide = version > 1;
        let tensors = self.length()?;
        let entries = self.length()?;
        if tensors > MAX_TENSORS || entries > MAX_ENTRIES {
            return Err(format!("it claims {tensors} tensors and {entries} metadata entries"));
        }
        for _ in 0..entries {
            let key = self.string()?;
            let kind = self.u32()?;
            if key == b"general.alignment" {
                self.alignment(kind)?;
            } else {
                self.value(kind, 0)?;
            }
        }
        for _ in 0..tensors {
            let name = self.string()?;
            let dimensions = self.u32()?;
            if dimensions == 0 || dimensions > 4 {
                let name = String::from_utf8_lossy(&name).into_owned();
                return Err(format!("the tensor {name} has {dimensions} dimensions"));
            }
            self.skip(u64::from(dimensions) * if self.wide { 8 } else { 4 })?;
            self.skip(4 + 8)?;
        }
        Ok(())
    }

    fn alignment(&mut self, kind: u32) -> Result<(), String> {
        if kind != 4 {
            return Err(format!("its alignment has the type {kind}, not a 32-bit number"));
        }
        let alignment = self.u32()?;
        if !alignment.is_power_of_two() || alignment > 1 << 20 {
            return Err(format!("its alignment is {alignment}, not a power of two"));
        }
        Ok(())
    }

    fn value(&mut self, kind: u32, depth: usize) -> Result<(), String> {
        match kind {
            8 => self.string().map(drop),
            9 => {
                if depth > 4 {
                    return Err("its metadata nests arrays too deeply".into());
                }
                let inner = self.u32()?;
                let count = self.length()?;
                self.elements = self.elements.saturating_add(count);
                if self.elements > MAX_ELEMENTS {
                    return Err(format!("an array of its metadata claims {count} elements"));
                }
                match width(inner) {
                    Some(width) => self.skip(count * width),
                    None => (0..count).try_for_each(|_| self.value(inner, depth + 1)),
                }
            }
            kind => match width(kind) {
                Some(width) => self.skip(width),
                None => Err(format!("its metadata has a value of the unknown type {kind}")),
            },
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, String> {
        let length = self.length()?;
        self.take(length)?;
        let mut text = vec![0; length as usize];
        self.reader.read_exact(&mut text).map_err(cut)?;
        Ok(text)
    }

    fn length(&mut self) -> Result<u64, String> {
        if self.wide { Ok(u64::from_le_bytes(self.bytes()?)) } else { self.u32().map(u64::from) }
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N as u64)?;
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(cut)?;
        Ok(bytes)
    }

    fn skip(&mut self, count: u64) -> Result<(), String> {
        self.take(count)?;
        let copied = std::io::copy(&mut self.reader.by_ref().take(count), &mut std::io::sink())
            .map_err(cut)?;
        if copied == count { Ok(()) } else { Err("it ends within its header".into()) }
    }

    fn take(&mut self, count: u64) -> Result<(), String> {
        self.left = self.left.checked_sub(count).ok_or_else(|| {
            format!("its header asks for {count} bytes where {} are left", self.left)
        })?;
        Ok(())
    }
}

fn cut(error: std::io::Error) -> String {
    format!("its header cannot be read: {error}")
}

/// Bytes of a value of fixed size.
fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}
