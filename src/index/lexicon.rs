//! The words of one file's chunks, packed into one blob.
//!
//! A search by words reads these blobs from one end of the tree to the other
//! instead of asking an inverted index: how rare a word is must be counted over
//! this tree's files alone, or the same search would answer differently once
//! another commit was indexed. A blob is about a tenth of its file, and a search
//! that reads five thousand takes 17 ms (keycloak, 39 MB of code).
//!
//! Layout, numbers as LEB128 unless said otherwise: number of chunks; for each
//! its first line less that of the one before, its last less its first line, its
//! number of words, and the number of words of its symbol's name; number of
//! distinct words; their hashes, ascending, four bytes each (little-endian); for
//! each the number of chunks that hold it, and for each of those the chunk's
//! number less that of the one before and one byte ([`Count`]).

use std::collections::BTreeMap;

/// How often a word stands in a chunk: up to 31 times in its text, and whether
/// it is in the doc line, the containers' names, the symbol's own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count(u8);

impl Count {
    const TEXT: u8 = 0b0001_1111;
    pub const DOC: Self = Self(0b0010_0000);
    pub const CONTAINER: Self = Self(0b0100_0000);
    pub const NAME: Self = Self(0b1000_0000);

    pub fn text(self) -> f64 {
        f64::from(self.0 & Self::TEXT)
    }

    pub fn is(self, place: Self) -> bool {
        self.0 & place.0 != 0
    }

    fn add_text(&mut self) {
        if self.0 & Self::TEXT < Self::TEXT {
            self.0 += 1;
        }
    }

    fn add(&mut self, place: Self) {
        self.0 |= place.0;
    }
}

/// A chunk as the ranking needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub start: u32,
    pub end: u32,
    /// Words of its text.
    pub length: u32,
    /// Words of its symbol's own name.
    pub name: u32,
}

/// Collects the words of a file's chunks, in their order.
#[derive(Default)]
pub(super) struct Lexicon {
    heads: Vec<Head>,
    words: BTreeMap<u32, Vec<(u32, Count)>>,
}

impl Lexicon {
    /// Begins the next chunk; its lines do not come before those of the last.
    pub fn begin(&mut self, start: u32, end: u32) {
        self.heads.push(Head { start, end, length: 0, name: 0 });
    }

    pub fn text(&mut self, word: &str) {
        if let Some(head) = self.heads.last_mut() {
            head.length += 1;
            self.count(word).add_text();
        }
    }

    /// Notes that a word stands at a place of its own.
    pub fn add(&mut self, word: &str, place: Count) {
        if let Some(head) = self.heads.last_mut() {
            head.name += u32::from(place == Count::NAME);
            self.count(word).add(place);
        }
    }

    fn count(&mut self, word: &str) -> &mut Count {
        let chunk = self.heads.len() as u32 - 1;
        let places = self.words.entry(hash(word)).or_default();
        if places.last().is_none_or(|(last, _)| *last != chunk) {
            places.push((chunk, Count::default()));
        }
        let last = places.len() - 1;
        &mut places[last].1
    }

    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, self.heads.len() as u32);
        let mut line = 0;
        for head in &self.heads {
            write(&mut out, head.start.saturating_sub(line));
            write(&mut out, head.end.saturating_sub(head.start));
            write(&mut out, head.length);
            write(&mut out, head.name);
            line = line.max(head.start);
        }
        write(&mut out, self.words.len() as u32);
        for hash in self.words.keys() {
            out.extend(hash.to_le_bytes());
        }
        for places in self.words.values() {
            write(&mut out, places.len() as u32);
            let mut before = 0;
            for (chunk, count) in places {
                write(&mut out, chunk - before);
                out.push(count.0);
                before = *chunk;
            }
        }
        out
    }
}

/// A word's hash (FNV-1a, folded to 32 bits); two of a repository's words meet
/// about once in a hundred thousand.
pub(super) fn hash(word: &str) -> u32 {
    let whole = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (whole ^ (whole >> 32)) as u32
}

/// A packed lexicon being read.
pub(super) struct Packed<'a> {
    pub heads: Vec<Head>,
    hashes: &'a [u8],
    places: &'a [u8],
}

impl<'a> Packed<'a> {
    /// `None` if the bytes are not a lexicon's.
    pub fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let chunks = take(&mut bytes)?;
        let mut heads = Vec::with_capacity((chunks as usize).min(bytes.len()));
        let mut start = 0u32;
        for _ in 0..chunks {
            start = start.checked_add(take(&mut bytes)?)?;
            let end = start.checked_add(take(&mut bytes)?)?;
            heads.push(Head { start, end, length: take(&mut bytes)?, name: take(&mut bytes)? });
        }
        let words = take(&mut bytes)? as usize;
        let (hashes, places) = bytes.split_at_checked(words.checked_mul(4)?)?;
        Some(Self { heads, hashes, places })
    }

    /// Tells `each` the number of the word in `wanted`, the chunk and the count
    /// of every place of a wanted word. `wanted` is sorted. `None` if the bytes
    /// end too early.
    pub fn find(&self, wanted: &[u32], each: &mut dyn FnMut(usize, usize, Count)) -> Option<()> {
        let at = |n: usize| {
            let bytes = self.hashes.get(n * 4..n * 4 + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let words = self.hashes.len() / 4;
        // Places can only be read in order, so those before are passed over.
        let (mut rest, mut next) = (self.places, 0);
        for (n, hash) in wanted.iter().enumerate() {
            let (mut low, mut high) = (next, words);
            while low < high {
                let middle = low.midpoint(high);
                if at(middle)? < *hash { low = middle + 1 } else { high = middle }
            }
            if low == words || at(low)? != *hash {
                continue;
            }
            while next < low {
                let count = take(&mut rest)?;
                for _ in 0..count {
                    take(&mut rest)?;
                    rest = rest.get(1..)?;
                }
                next += 1;
            }
            let count = take(&mut rest)?;
            let mut chunk = 0usize;
            for _ in 0..count {
                chunk += take(&mut rest)? as usize;
                let (byte, after) = rest.split_first()?;
                rest = after;
                if chunk >= self.heads.len() {
                    return None;
                }
                each(n, chunk, Count(*byte));
            }
            next += 1;
        }
        Some(())
    }
}

fn write(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed() -> Vec<u8> {
        let mut lexicon = Lexicon::default();
        lexicon.begin(1, 200);
        lexicon.text("cart");
        lexicon.text("cart");
        lexicon.add("total", Count::NAME);
        lexicon.begin(300, 301);
        for _ in 0..40 {
            lexicon.text("price");
        }
        lexicon.text("cart");
        lexicon.add("cart", Count::DOC);
        lexicon.pack()
    }

    #[test]
    fn what_was_packed_is_found() {
        let bytes = packed();
        let read = Packed::read(&bytes).unwrap();
        assert_eq!(read.heads[0], Head { start: 1, end: 200, length: 2, name: 1 });
        assert_eq!(read.heads[1], Head { start: 300, end: 301, length: 41, name: 0 });
        let mut wanted = ["cart", "price", "total", "nothing"].map(hash);
        wanted.sort_unstable();
        let name = |n: usize| {
            ["cart", "price", "total"].into_iter().find(|w| hash(w) == wanted[n]).unwrap()
        };
        let mut found = Vec::new();
        let mut each = |n: usize, chunk: usize, count: Count| {
            found.push((name(n), chunk, count.text(), count.is(Count::DOC), count.is(Count::NAME)));
        };
        read.find(&wanted, &mut each).unwrap();
        found.sort_by_key(|f| (f.0, f.1));
        assert_eq!(
            found,
            [
                ("cart", 0, 2.0, false, false),
                ("cart", 1, 1.0, true, false),
                ("price", 1, 31.0, false, false),
                ("total", 0, 0.0, false, true),
            ]
        );
    }

    #[test]
    fn damaged_bytes_are_refused_or_end_early_and_never_crash() {
        let bytes = packed();
        let mut wanted = ["cart", "price", "total"].map(hash);
        wanted.sort_unstable();
        assert!(Packed::read(&[]).is_none());
        for cut in 0..bytes.len() {
            if let Some(read) = Packed::read(&bytes[..cut]) {
                assert_eq!(read.find(&wanted, &mut |_, _, _| ()), None, "cut at {cut}");
            }
            let mut flipped = bytes.clone();
            flipped[cut] ^= 0xff;
            if let Some(read) = Packed::read(&flipped) {
                let chunks = read.heads.len();
                read.find(&wanted, &mut |_, chunk, _| assert!(chunk < chunks));
            }
        }
    }
}
