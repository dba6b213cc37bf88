//! Activations, and their rounding to bytes.
//!
//! Weights in blocks of 32 meet activations with one scale per 32 values, the K
//! formats activations with one per 256. A scale is the largest magnitude over
//! 127, so each value is off by at most half of that. Values of a block that are
//! all below 1e-30 count as zero; a block that holds an infinity or what is not a
//! number gets such a scale, which then shows in every output of its row.

use std::ops::Range;

use super::buffer::Buffer;
use super::columns::{Columns, Kernel, enter};
use super::level::Level;
use super::team::Team;
use super::tile::{CHUNK, SUB, SUBS};

/// The activations of several rows (tokens), rounded when a product asks for it.
pub struct Rows {
    values: Vec<f32>,
    rows: usize,
    columns: usize,
    fine: Rounded<Fine>,
    coarse: Rounded<Coarse>,
}

/// A chunk of one row with a scale per 32 values.
#[repr(C, align(64))]
pub struct Fine {
    pub quants: [i8; CHUNK],
    pub scale: [f32; SUBS],
    /// Sum of the quants times the scale: meets the minima.
    pub sum: [f32; SUBS],
    /// Sum of the quants times -8: meets the zero points, which are 8 or more.
    pub zero: [i32; SUBS],
}

/// A chunk of one row with one scale.
#[repr(C, align(64))]
pub struct Coarse {
    pub quants: [i8; CHUNK],
    /// Sums of 16 quants each: meet Q6_K's steps.
    pub sums16: [i16; 16],
    /// Sums of 32 quants each: meet the offsets.
    pub sums32: [i16; 8],
    pub scale: f32,
}

/// Chunks of one kind, those of all rows together, buffer kept.
struct Rounded<T> {
    chunks: Buffer,
    /// Whether they are those of the present values.
    current: bool,
    kind: std::marker::PhantomData<T>,
}

impl Default for Rows {
    fn default() -> Self {
        Self::new()
    }
}

impl Rows {
    pub fn new() -> Self {
        Self {
            values: Vec::new(),
            rows: 0,
            columns: 0,
            fine: Rounded::new(),
            coarse: Rounded::new(),
        }
    }

    /// Takes over a row-major matrix.
    ///
    /// # Panics
    /// If `x` does not have `rows * columns` elements.
    pub fn set(&mut self, x: &[f32], rows: usize, columns: usize) {
        assert_eq!(x.len(), rows * columns, "{rows} rows of {columns}");
        self.fill(rows, columns).copy_from_slice(x);
    }

    /// Gives the row-major matrix to write into, which saves [`Self::set`]'s copy.
    /// What is in it beforehand is unspecified.
    pub fn fill(&mut self, rows: usize, columns: usize) -> &mut [f32] {
        self.values.resize(rows * columns, 0.0);
        (self.rows, self.columns) = (rows, columns);
        (self.fine.current, self.coarse.current) = (false, false);
        &mut self.values
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The values as set.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Rounds what is not yet rounded.
    pub(super) fn round(&mut self, team: &Team, fine: bool, coarse: bool) {
        if fine {
            self.fine.round(team, &self.values, self.rows, self.columns);
        }
        if coarse {
            self.coarse.round(team, &self.values, self.rows, self.columns);
        }
    }

    pub(super) fn fine(&self) -> &[Fine] {
        self.fine.get(self.rows * self.columns.div_ceil(CHUNK))
    }

    pub(super) fn coarse(&self) -> &[Coarse] {
        self.coarse.get(self.rows * self.columns.div_ceil(CHUNK))
    }
}

/// A chunk that can be made of values.
trait Round: Sized {
    /// `values` are at most a chunk; what is beyond them stays zero.
    fn round(&mut self, values: &[f32]);
}

impl<T: Round + Send + Sync> Rounded<T> {
    fn new() -> Self {
        Self { chunks: Buffer::new(0), current: false, kind: std::marker::PhantomData }
    }

    fn get(&self, chunks: usize) -> &[T] {
        assert!(self.current && chunks * size_of::<T>() <= self.chunks.len());
        // SAFETY: the buffer is aligned to cache lines as `T` is, and long enough;
        // all its bytes are initialised, and any bytes make a `T`.
        unsafe { std::slice::from_raw_parts(self.chunks.as_ptr().cast(), chunks) }
    }

    fn round(&mut self, team: &Team, values: &[f32], rows: usize, columns: usize) {
        if self.current {
            return;
        }
        let per_row = columns.div_ceil(CHUNK);
        // AMX reads whole blocks of 16 rows, also past the last.
        let bytes = (rows * per_row + 16) * size_of::<T>();
        if self.chunks.len() < bytes {
            self.chunks = Buffer::new(bytes);
        }
        let chunks = Shared(self.chunks.as_mut_ptr().cast::<T>());
        // A few rows are rounded sooner than a worker comes.
        let tasks = if rows * columns < 8192 { 1 } else { rows.min(16 * team.threads()) };
        team.run(tasks, |task| {
            let some = rows * task / tasks..rows * (task + 1) / tasks;
            let task = RoundRows { values, rows, columns, some, chunks: &chunks };
            // SAFETY: the chunks are inside the buffer, and each row belongs to one
            // task. All levels give the same bits.
            unsafe { enter(Level::best(), task) };
        });
        self.current = true;
    }
}

struct RoundRows<'a, T> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    some: Range<usize>,
    chunks: &'a Shared<T>,
}

impl<T: Round> Kernel for RoundRows<'_, T> {
    #[inline(always)]
    unsafe fn run<C: Columns>(self) {
        for row in self.some {
            let values = &self.values[row * self.columns..][..self.columns];
            for (chunk, values) in values.chunks(CHUNK).enumerate() {
                // SAFETY: the caller's promise.
                let chunk = unsafe { &mut *self.chunks.at(chunk * self.rows + row) };
                chunk.round(values);
            }
        }
    }
}

/// A pointer that the tasks of a run share; each touches elements of its own.
pub(super) struct Shared<T>(pub *mut T);

// SAFETY: who dereferences the pointer answers for it.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// # Safety
    /// `i` must be inside what the pointer points to.
    pub unsafe fn at(&self, i: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(i) }
    }
}

impl Round for Fine {
    #[inline(always)]
    fn round(&mut self, values: &[f32]) {
        *self = Self { quants: [0; CHUNK], scale: [0.0; SUBS], sum: [0.0; SUBS], zero: [0; SUBS] };
        for (j, values) in values.chunks_exact(SUB).enumerate() {
            let (scale, inverse) = scale(values);
            let quants = &mut self.quants[j * SUB..][..SUB];
            let sum = round(values, inverse, quants);
            self.scale[j] = scale;
            self.sum[j] = sum as f32 * scale;
            self.zero[j] = -8 * sum;
        }
    }
}

impl Round for Coarse {
    #[inline(always)]
    fn round(&mut self, values: &[f32]) {
        let (scale, inverse) = scale(values);
        *self = Self { quants: [0; CHUNK], sums16: [0; 16], sums32: [0; 8], scale };
        for (j, values) in values.chunks_exact(16).enumerate() {
            // At most 16 * 127.
            let sum = round(values, inverse, &mut self.quants[j * 16..][..16]) as i16;
            self.sums16[j] = sum;
            self.sums32[j / 2] += sum;
        }
    }
}

/// The scale of a block and its inverse.
#[inline(always)]
fn scale(values: &[f32]) -> (f32, f32) {
    // As integers the bits of magnitudes are in the numbers' order, infinity and
    // what is not a number above all.
    let bits = values.iter().fold(0, |most: u32, v| most.max(v.abs().to_bits()));
    let most = f32::from_bits(bits);
    if most < 1e-30 {
        (0.0, 0.0)
    } else if most.is_finite() {
        (most / 127.0, 127.0 / most)
    } else {
        (f32::NAN, 0.0)
    }
}

/// Rounds to the nearest, ties to even, and returns the sum.
#[inline(always)]
fn round(values: &[f32], inverse: f32, quants: &mut [i8]) -> i32 {
    /// Adding and subtracting it drops the fraction of a small number.
    const ROUND: f32 = 1.5 * (1 << 23) as f32;
    let mut sum = 0;
    for (q, v) in quants.iter_mut().zip(values) {
        let scaled = v * inverse + ROUND;
        // The low bits of the sum are the integer; infinity times zero, too, gives
        // some byte.
        let rounded = scaled.to_bits() as i8;
        *q = rounded;
        sum += i32::from(rounded);
    }
    sum
}
