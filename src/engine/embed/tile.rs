//! The inner loop of every product here: some rows times a tile of 32 columns.
//!
//! Each output is one sum, taken in order of `k` whatever the number of rows, so
//! a row's bits do not depend on the rows beside it.

use crate::engine::kernel::lanes::{self, LANES, Lanes, dispatch};

/// Columns of a tile.
pub const TILE: usize = 32;

/// Sixteen floats on a cache line of their own: what tiles are stored in, since
/// loads across two lines cost twice.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
pub struct Line(pub [f32; 16]);

/// Lines as floats.
pub fn floats(lines: &[Line]) -> &[f32] {
    // SAFETY: a line is sixteen floats without padding.
    unsafe { std::slice::from_raw_parts(lines.as_ptr().cast(), lines.len() * 16) }
}

/// Lines as floats.
pub fn floats_mut(lines: &mut [Line]) -> &mut [f32] {
    // SAFETY: a line is sixteen floats without padding.
    unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), lines.len() * 16) }
}

/// Where the left factor's element (row, k) lies: `row * across + k * along`.
#[derive(Clone, Copy)]
pub struct Left<'a> {
    pub values: &'a [f32],
    pub across: usize,
    pub along: usize,
}

dispatch! {
    /// `out[row * stride + column] = Σk left(row, k) * tile[k * 32 + column]` for all
    /// `rows` and the 32 columns of a tile. `next` is the tile that will be read
    /// next, if memory must be asked for it.
    pub fn multiply = multiply_body(
        left: Left<'_>,
        rows: usize,
        tile: &[f32],
        next: Option<&[f32]>,
        out: &mut [f32],
        stride: usize,
    )
}

/// How much of a product the registers hold.
trait Panel: Lanes {
    /// Sums are kept for so many rows of so many sixteens of columns.
    const ROWS: usize;
    const SIXTEENS: usize;
}

impl Panel for lanes::Portable {
    const ROWS: usize = 2;
    const SIXTEENS: usize = 1;
}

/// With 12 rows each load of columns meets 12 multiplications, which keeps both
/// multipliers busy: 175 GFLOP/s of a Sapphire Rapids core's 192.
#[cfg(target_arch = "x86_64")]
impl Panel for lanes::x86::Avx512 {
    const ROWS: usize = 12;
    const SIXTEENS: usize = 2;
}

#[cfg(target_arch = "x86_64")]
impl Panel for lanes::x86::Avx2 {
    const ROWS: usize = 6;
    const SIXTEENS: usize = 1;
}

#[inline(always)]
unsafe fn multiply_body<L: Panel>(
    left: Left<'_>,
    rows: usize,
    tile: &[f32],
    next: Option<&[f32]>,
    out: &mut [f32],
    stride: usize,
) {
    let depth = tile.len() / TILE;
    if rows == 0 || depth == 0 {
        return;
    }
    // What the loops below read and write without looking.
    assert!((rows - 1) * left.across + (depth - 1) * left.along < left.values.len());
    assert!((rows - 1) * stride + TILE <= out.len());
    let mut step = Step {
        left: left.values.as_ptr(),
        across: left.across,
        along: left.along,
        tile: tile.as_ptr(),
        next: next.map_or(tile.as_ptr(), <[f32]>::as_ptr),
        depth,
        out: out.as_mut_ptr(),
        stride,
    };
    let mut rows = rows;
    while rows > 0 {
        // SAFETY: as many rows remain, inside the bounds checked above.
        let done = unsafe {
            match rows.min(L::ROWS) {
                12.. => step.rows::<L, 12>(),
                8.. => step.rows::<L, 8>(),
                6.. => step.rows::<L, 6>(),
                4.. => step.rows::<L, 4>(),
                2.. => step.rows::<L, 2>(),
                _ => step.rows::<L, 1>(),
            }
        };
        rows -= done;
        step.left = step.left.wrapping_add(done * left.across);
        step.out = step.out.wrapping_add(done * stride);
    }
}

/// One call of the inner loop.
struct Step {
    left: *const f32,
    across: usize,
    along: usize,
    tile: *const f32,
    next: *const f32,
    depth: usize,
    out: *mut f32,
    stride: usize,
}

impl Step {
    /// Computes `R` rows; returns how many that is.
    #[inline(always)]
    unsafe fn rows<L: Panel, const R: usize>(&self) -> usize {
        for first in (0..TILE / LANES).step_by(L::SIXTEENS) {
            // SAFETY: the caller's word; a tile has so many sixteens.
            unsafe {
                match L::SIXTEENS {
                    2 => self.panel::<L, R, 2>(first),
                    _ => self.panel::<L, R, 1>(first),
                }
            }
        }
        R
    }

    #[inline(always)]
    unsafe fn panel<L: Panel, const R: usize, const C: usize>(&self, first: usize) {
        // SAFETY: the caller's word; addresses to prefetch need not exist.
        unsafe {
            let (mut left, mut tile) = (self.left, self.tile.add(first * LANES));
            let mut next = self.next.wrapping_add(first * LANES);
            let mut sums = [[L::splat(0.0); C]; R];
            for _ in 0..self.depth {
                let mut columns = [L::splat(0.0); C];
                for (c, column) in columns.iter_mut().enumerate() {
                    *column = L::load(tile.wrapping_add(c * LANES));
                    prefetch(next.wrapping_add(c * LANES));
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = L::splat(*left.wrapping_add(row * self.across));
                    for (sum, column) in sums.iter_mut().zip(&columns) {
                        *sum = x.fma(*column, *sum);
                    }
                }
                left = left.wrapping_add(self.along);
                tile = tile.wrapping_add(TILE);
                next = next.wrapping_add(TILE);
            }
            for (row, sums) in sums.iter().enumerate() {
                for (c, sum) in sums.iter().enumerate() {
                    sum.store(self.out.wrapping_add(row * self.stride + (first + c) * LANES));
                }
            }
        }
    }
}

/// Asks for a line of memory; with it products of weights out of the shared cache
/// take a tenth less time.
#[inline(always)]
fn prefetch(address: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, of any address; every x86-64 has it.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kernel::Level;

    #[test]
    fn every_level_computes_the_product_and_a_row_alone_has_the_same_bits() {
        for level in Level::available() {
            for (rows, depth) in [(1, 1), (5, 7), (12, 32), (31, 384), (40, 3)] {
                let wave = |i: usize| ((i * 37 % 101) as f32 - 50.0) / 50.0;
                let values: Vec<f32> = (0..rows * depth).map(wave).collect();
                let tile: Vec<f32> = (0..depth * TILE).map(|i| wave(i + 3)).collect();
                // Row-major, and the same numbers turned on their side.
                let turned: Vec<f32> =
                    (0..rows * depth).map(|i| values[i % rows * depth + i / rows]).collect();
                let mut out = vec![0.0; rows * TILE];
                let left = Left { values: &values, across: depth, along: 1 };
                multiply(level, left, rows, &tile, None, &mut out, TILE);
                let mut again = vec![0.0; rows * TILE];
                let left = Left { values: &turned, across: 1, along: rows };
                multiply(level, left, rows, &tile, None, &mut again, TILE);
                assert_eq!(out, again, "{level:?} {rows} {depth}");
                for row in 0..rows {
                    let mut alone = vec![0.0; TILE];
                    let left =
                        Left { values: &values[row * depth..][..depth], across: 0, along: 1 };
                    multiply(level, left, 1, &tile, None, &mut alone, TILE);
                    assert_eq!(alone, out[row * TILE..][..TILE], "{level:?} {rows} {depth}");
                    for column in 0..TILE {
                        let terms = (0..depth).map(|k| {
                            f64::from(values[row * depth + k]) * f64::from(tile[k * TILE + column])
                        });
                        let size: f64 = terms.clone().map(f64::abs).sum();
                        let error = (terms.sum::<f64>() - f64::from(alone[column])).abs();
                        assert!(
                            error <= size * depth as f64 * f64::from(f32::EPSILON),
                            "{level:?} {rows} {depth}: {error}"
                        );
                    }
                }
            }
        }
    }
}
