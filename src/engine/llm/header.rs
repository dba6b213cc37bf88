//! Reads a GGUF header: metadata by key and where each tensor lies.
//!
//! The file is hostile input. Every count and length is held against the bytes
//! that are left before anything is allocated for it, strings and arrays stay
//! where they are in the file, and a tensor is known here only if it lies within
//! the file, apart from all others. The format is GGUF's, versions 1-3, little
//! endian.

use std::collections::HashMap;
use std::ops::Range;

use candle_core::quantized::GgmlDType;

use super::format;
use crate::plain;

/// Most bytes of a header; a vocabulary with its merges takes a few MB.
const MAX_HEADER: usize = 256 << 20;
const MAX_ENTRIES: u64 = 1 << 16;
const MAX_TENSORS: u64 = 1 << 17;
/// What tensors are aligned to where the file says nothing.
const ALIGNMENT: usize = 32;

/// What a file says of itself.
pub(super) struct Header {
    pub metadata: HashMap<String, Value>,
    pub tensors: HashMap<String, TensorInfo>,
}

/// A value of the metadata.
pub(super) enum Value {
    Unsigned(u64),
    Signed(i64),
    Real(f64),
    Flag(bool),
    Text(String),
    Array(Array),
}

/// An array, left where it is in the file.
pub(super) struct Array {
    pub kind: u32,
    pub count: usize,
    pub range: Range<usize>,
    /// Lengths of strings take 8 bytes, otherwise 4.
    pub wide: bool,
}

/// One tensor; `range` is where it lies in the file.
#[derive(Debug)]
pub(super) struct TensorInfo {
    pub kind: GgmlDType,
    /// The slowest dimension first.
    pub shape: Vec<usize>,
    pub range: Range<usize>,
}

/// Why a header is not usable.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    Damaged(String),
    /// A tensor's format is none that is supported.
    Format {
        tensor: String,
        format: String,
    },
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Damaged(reason)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Self::Damaged(reason.to_owned())
    }
}

/// Reads the header at the beginning of a file.
pub(super) fn read(file: &[u8]) -> Result<Header, Fault> {
    let mut cursor = Cursor { file, at: 0, end: file.len().min(MAX_HEADER), wide: true };
    if cursor.bytes()? != *b"GGUF" {
        return Err("it does not begin with the letters GGUF".into());
    }
    let version = cursor.u32()?;
    match version {
        1..=3 => cursor.wide = version > 1,
        _ if (1..=3).contains(&version.swap_bytes()) => {
            return Err("it is in big-endian byte order, which is not supported".into());
        }
        _ => {
            let reason = format!("its GGUF version is {version}, only 1 to 3 are known");
            return Err(reason.into());
        }
    }
    let (tensors, entries) = (cursor.length()?, cursor.length()?);
    if tensors > MAX_TENSORS || entries > MAX_ENTRIES {
        let reason = format!("it claims {tensors} tensors and {entries} metadata entries");
        return Err(reason.into());
    }
    let mut metadata = HashMap::new();
    for _ in 0..entries {
        let key = cursor.text()?;
        let kind = cursor.u32()?;
        let value = cursor.value(kind)?;
        if metadata.contains_key(&key) {
            return Err(format!("its metadata has `{}` twice", shown(&key)).into());
        }
        metadata.insert(key, value);
    }
    let alignment = alignment(&metadata)?;
    let claims = (0..tensors).map(|_| cursor.claim()).collect::<Result<Vec<_>, _>>()?;
    let data = cursor.at.next_multiple_of(alignment);
    Ok(Header { metadata, tensors: place(claims, data, alignment, file.len())? })
}

/// A text of the file as it may stand in a message: one short line.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    // A name may be as long as the file; no more of it is cleaned than shows.
    let end = text.char_indices().nth(4 * MOST).map_or(text.len(), |(at, _)| at);
    plain::line(&text[..end], MOST)
}

fn alignment(metadata: &HashMap<String, Value>) -> Result<usize, String> {
    match metadata.get("general.alignment") {
        None => Ok(ALIGNMENT),
        // The least that the format allows; it also aligns every block.
        Some(Value::Unsigned(n)) if n.is_power_of_two() && (8..=1 << 20).contains(n) => {
            Ok(*n as usize)
        }
        Some(Value::Unsigned(n)) => {
            Err(format!("its alignment is {n}, not a power of two from 8 to 2^20"))
        }
        Some(_) => Err("its alignment is not a number".into()),
    }
}

/// What the header claims of a tensor.
struct Claim {
    name: String,
    kind: GgmlDType,
    shape: Vec<usize>,
    /// From the beginning of the tensors' data.
    offset: u64,
}

/// Finds where each tensor lies.
fn place(
    claims: Vec<Claim>,
    data: usize,
    alignment: usize,
    size: usize,
) -> Result<HashMap<String, TensorInfo>, String> {
    let mut tensors = HashMap::with_capacity(claims.len());
    let mut ranges = Vec::with_capacity(claims.len());
    for Claim { name, kind, shape, offset } in claims {
        let called = shown(&name);
        let bytes = bytes(&shape, kind).ok_or_else(|| {
            format!("the tensor {called} of {kind:?} has the shape {shape:?}, which cannot be")
        })?;
        let start = usize::try_from(offset).ok().and_then(|offset| data.checked_add(offset));
        let range = start.and_then(|start| Some(start..start.checked_add(bytes)?));
        let range = range.filter(|range| range.end <= size).ok_or_else(|| {
            format!("the tensor {called} lies beyond the end of the file, which seems cut short")
        })?;
        if !range.start.is_multiple_of(alignment) {
            return Err(format!("the tensor {called} is not aligned to {alignment} bytes"));
        }
        ranges.push((range.clone(), called.clone()));
        if tensors.insert(name, TensorInfo { kind, shape, range }).is_some() {
            return Err(format!("the tensor {called} is there twice"));
        }
    }
    ranges.sort_by_key(|(range, _)| range.start);
    match ranges.windows(2).find(|pair| pair[1].0.start < pair[0].0.end) {
        Some(pair) => Err(format!("the tensors {} and {} overlap", pair[0].1, pair[1].1)),
        None => Ok(tensors),
    }
}

/// Bytes of a tensor, if its shape makes sense: whole blocks in each row.
fn bytes(shape: &[usize], kind: GgmlDType) -> Option<usize> {
    let (&columns, rows) = shape.split_last()?;
    let mut blocks =
        columns.is_multiple_of(kind.block_size()).then(|| columns / kind.block_size())?;
    for &n in rows {
        blocks = blocks.checked_mul(n)?;
    }
    blocks.checked_mul(kind.type_size()).filter(|&bytes| bytes > 0)
}

struct Cursor<'a> {
    file: &'a [u8],
    at: usize,
    /// Where the header must have ended.
    end: usize,
    /// Lengths take 8 bytes (from version 2), otherwise 4.
    wide: bool,
}

impl<'a> Cursor<'a> {
    fn value(&mut self, kind: u32) -> Result<Value, String> {
        Ok(match kind {
            0 => Value::Unsigned(u64::from(u8::from_le_bytes(self.bytes()?))),
            1 => Value::Signed(i64::from(i8::from_le_bytes(self.bytes()?))),
            2 => Value::Unsigned(u64::from(u16::from_le_bytes(self.bytes()?))),
            3 => Value::Signed(i64::from(i16::from_le_bytes(self.bytes()?))),
            4 => Value::Unsigned(u64::from(self.u32()?)),
            5 => Value::Signed(i64::from(i32::from_le_bytes(self.bytes()?))),
            6 => Value::Real(f64::from(f32::from_le_bytes(self.bytes()?))),
            7 => match self.bytes()? {
                [0] => Value::Flag(false),
                [1] => Value::Flag(true),
                [other] => return Err(format!("its metadata has {other} for true or false")),
            },
            8 => Value::Text(self.text()?),
            9 => Value::Array(self.array(0)?),
            10 => Value::Unsigned(u64::from_le_bytes(self.bytes()?)),
            11 => Value::Signed(i64::from_le_bytes(self.bytes()?)),
            12 => Value::Real(f64::from_le_bytes(self.bytes()?)),
            kind => return Err(format!("its metadata has a value of the unknown type {kind}")),
        })
    }

    /// Steps over an array. Each element takes at least a byte, so that a count
    /// cannot keep this busy for longer than the file is long.
    fn array(&mut self, depth: usize) -> Result<Array, String> {
        if depth > 4 {
            return Err("its metadata nests arrays too deeply".into());
        }
        let kind = self.u32()?;
        let length = self.length()?;
        let start = self.at;
        match (width(kind), kind) {
            (Some(width), _) => {
                self.take(length.saturating_mul(width))?;
            }
            (None, 8) => {
                for _ in 0..length {
                    let length = self.length()?;
                    self.take(length)?;
                }
            }
            (None, 9) => {
                for _ in 0..length {
                    self.array(depth + 1)?;
                }
            }
            (None, kind) => {
                return Err(format!("its metadata has an array of the unknown type {kind}"));
            }
        }
        // It lies within the file, and so it can be counted.
        Ok(Array { kind, count: length as usize, range: start..self.at, wide: self.wide })
    }

    fn claim(&mut self) -> Result<Claim, Fault> {
        let name = self.text()?;
        let dimensions = self.u32()?;
        if dimensions == 0 || dimensions > 4 {
            let reason = format!("the tensor {} has {dimensions} dimensions", shown(&name));
            return Err(reason.into());
        }
        let mut shape = Vec::with_capacity(4);
        for _ in 0..dimensions {
            let n = usize::try_from(self.length()?).unwrap_or(usize::MAX);
            shape.push(n);
        }
        shape.reverse();
        let number = self.u32()?;
        let offset = u64::from_le_bytes(self.bytes()?);
        let kind = format::from_number(number)
            .ok_or_else(|| Fault::Format { tensor: shown(&name), format: format::name(number) })?;
        Ok(Claim { name, kind, shape, offset })
    }

    /// A string. Some writers end it with zeros or break a character.
    fn text(&mut self) -> Result<String, String> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        let zeros = bytes.iter().rev().take_while(|&&byte| byte == 0).count();
        Ok(String::from_utf8_lossy(&bytes[..bytes.len() - zeros]).into_owned())
    }

    fn length(&mut self) -> Result<u64, String> {
        if self.wide { Ok(u64::from_le_bytes(self.bytes()?)) } else { self.u32().map(u64::from) }
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N as u64)?);
        Ok(bytes)
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], String> {
        let left = self.end - self.at;
        match usize::try_from(count) {
            Ok(count) if count <= left => {
                self.at += count;
                Ok(&self.file[self.at - count..self.at])
            }
            _ => Err(format!("its header asks for {count} bytes where {left} are left")),
        }
    }
}

impl Array {
    /// The strings; `None` for an array of something else.
    pub fn texts<'a>(&self, file: &'a [u8]) -> Option<impl Iterator<Item = &'a [u8]> + use<'a>> {
        let mut cursor =
            Cursor { file, at: self.range.start, end: self.range.end, wide: self.wide };
        (self.kind == 8).then(|| {
            std::iter::from_fn(move || {
                let length = cursor.length().ok()?;
                cursor.take(length).ok()
            })
        })
    }

    /// The whole numbers of up to 32 bits; `None` for an array of something else.
    pub fn numbers<'a>(&self, file: &'a [u8]) -> Option<impl Iterator<Item = i64> + use<'a>> {
        let kind = self.kind;
        let width = matches!(kind, 0..=5).then(|| width(kind))?? as usize;
        Some(file[self.range.clone()].chunks_exact(width).map(move |bytes| {
            let mut wide = [0; 4];
            wide[..width].copy_from_slice(bytes);
            let unsigned = u32::from_le_bytes(wide);
            match kind {
                1 => i64::from(unsigned as i8),
                3 => i64::from(unsigned as i16),
                5 => i64::from(unsigned as i32),
                _ => i64::from(unsigned),
            }
        }))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_a_message_is_short_and_plain() {
        assert_eq!(shown("blk.\u{1b}[2J\n0"), "blk. 0");
        assert_eq!(shown(&"é".repeat(1 << 20)).chars().count(), 80);
    }

    #[test]
    fn the_bytes_of_a_shape_are_counted_or_refused() {
        assert_eq!(bytes(&[3, 64], GgmlDType::Q4_0), Some(3 * 2 * 18));
        assert_eq!(bytes(&[7], GgmlDType::F32), Some(28));
        for shape in [&[3, 63][..], &[0, 32], &[32, 0], &[usize::MAX, 32], &[1 << 62, 4, 32], &[]] {
            assert_eq!(bytes(shape, GgmlDType::Q4_0), None, "{shape:?}");
        }
    }
}
