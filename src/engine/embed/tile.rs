//! The inner loop of every product here: some rows times a tile of 32 columns.
//!
//! Each output is one sum, taken in order of `k` whatever the number of rows, so
//! a row's bits do not depend on the rows beside it.

use super::simd::{Level, fused};

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

/// `out[row * stride + column] = Σk left(row, k) * tile[k * 32 + column]` for all
/// `rows` and the 32 columns of a tile.
pub fn multiply(
    level: Level,
    left: Left,
    rows: usize,
    tile: &[f32],
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
    let mut row = 0;
    while row < rows {
        let step = Step {
            left: &left.values[row * left.across..],
            across: left.across,
            along: left.along,
            tile,
            depth,
            stride,
        };
        row += step.run(level, rows - row, &mut out[row * stride..]);
    }
}

/// One call of an inner loop.
struct Step<'a> {
    left: &'a [f32],
    across: usize,
    along: usize,
    tile: &'a [f32],
    depth: usize,
    stride: usize,
}

impl Step<'_> {
    /// Computes as many of `rows` as one loop holds; returns how many.
    fn run(&self, level: Level, rows: usize, out: &mut [f32]) -> usize {
        let p = out.as_mut_ptr();
        // SAFETY: `multiply` checked the bounds of `rows` rows; a level is only
        // made where the machine has it.
        unsafe {
            match level {
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => match rows {
                    1 => self.avx512::<1>(p),
                    2..4 => self.avx512::<2>(p),
                    4..6 => self.avx512::<4>(p),
                    6..8 => self.avx512::<6>(p),
                    8..12 => self.avx512::<8>(p),
                    _ => self.avx512::<12>(p),
                },
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => match rows {
                    1 => self.avx2::<1>(p),
                    2..4 => self.avx2::<2>(p),
                    4..6 => self.avx2::<4>(p),
                    _ => self.avx2::<6>(p),
                },
                Level::Portable => match rows {
                    1..4 => self.portable::<1>(p),
                    _ => self.portable::<4>(p),
                },
            }
        }
    }

    /// 12 rows of 2 registers keep both multipliers busy: 24 sums, 2 columns and
    /// a broadcast of 32 registers.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    unsafe fn avx512<const R: usize>(&self, out: *mut f32) -> usize {
        use std::arch::x86_64::*;
        let (mut left, mut tile) = (self.left.as_ptr(), self.tile.as_ptr());
        let mut sums = [[_mm512_setzero_ps(); 2]; R];
        unsafe {
            for _ in 0..self.depth {
                let columns = [_mm512_loadu_ps(tile), _mm512_loadu_ps(tile.add(16))];
                for (row, sum) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*left.add(row * self.across));
                    sum[0] = _mm512_fmadd_ps(x, columns[0], sum[0]);
                    sum[1] = _mm512_fmadd_ps(x, columns[1], sum[1]);
                }
                left = left.wrapping_add(self.along);
                tile = tile.add(TILE);
            }
            for (row, sum) in sums.iter().enumerate() {
                _mm512_storeu_ps(out.add(row * self.stride), sum[0]);
                _mm512_storeu_ps(out.add(row * self.stride + 16), sum[1]);
            }
        }
        R
    }

    /// Half a tile at a time: 6 rows of 2 registers of 16.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn avx2<const R: usize>(&self, out: *mut f32) -> usize {
        use std::arch::x86_64::*;
        for half in 0..2 {
            let (mut left, mut tile) = (self.left.as_ptr(), self.tile.as_ptr());
            let mut sums = [[_mm256_setzero_ps(); 2]; R];
            unsafe {
                tile = tile.add(half * 16);
                for _ in 0..self.depth {
                    let columns = [_mm256_loadu_ps(tile), _mm256_loadu_ps(tile.wrapping_add(8))];
                    for (row, sum) in sums.iter_mut().enumerate() {
                        let x = _mm256_set1_ps(*left.add(row * self.across));
                        sum[0] = _mm256_fmadd_ps(x, columns[0], sum[0]);
                        sum[1] = _mm256_fmadd_ps(x, columns[1], sum[1]);
                    }
                    left = left.wrapping_add(self.along);
                    tile = tile.wrapping_add(TILE);
                }
                for (row, sum) in sums.iter().enumerate() {
                    let to = out.add(row * self.stride + half * 16);
                    _mm256_storeu_ps(to, sum[0]);
                    _mm256_storeu_ps(to.add(8), sum[1]);
                }
            }
        }
        R
    }

    /// 8 columns at a time: two registers a row where registers hold four.
    unsafe fn portable<const R: usize>(&self, out: *mut f32) -> usize {
        const FUSED: bool = cfg!(target_arch = "aarch64");
        for part in (0..TILE).step_by(8) {
            let mut sums = [[0f32; 8]; R];
            for k in 0..self.depth {
                let columns: &[f32; 8] = self.tile[k * TILE + part..][..8].try_into().unwrap();
                for (row, sum) in sums.iter_mut().enumerate() {
                    let x = self.left[row * self.across + k * self.along];
                    for (s, c) in sum.iter_mut().zip(columns) {
                        *s = fused::<FUSED>(x, *c, *s);
                    }
                }
            }
            for (row, sum) in sums.iter().enumerate() {
                // SAFETY: the caller's word.
                unsafe {
                    std::ptr::copy_nonoverlapping(
                        sum.as_ptr(),
                        out.add(row * self.stride + part),
                        8,
                    );
                }
            }
        }
        R
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_computes_the_product_and_a_row_alone_has_the_same_bits() {
        for &level in Level::available() {
            for (rows, depth) in [(1, 1), (5, 7), (12, 32), (31, 384), (40, 3)] {
                let wave = |i: usize| ((i * 37 % 101) as f32 - 50.0) / 50.0;
                let values: Vec<f32> = (0..rows * depth).map(wave).collect();
                let tile: Vec<f32> = (0..depth * TILE).map(|i| wave(i + 3)).collect();
                // Row-major, and the same numbers turned on their side.
                let turned: Vec<f32> =
                    (0..rows * depth).map(|i| values[i % rows * depth + i / rows]).collect();
                let mut out = vec![0.0; rows * TILE];
                let left = Left { values: &values, across: depth, along: 1 };
                multiply(level, left, rows, &tile, &mut out, TILE);
                let mut again = vec![0.0; rows * TILE];
                let left = Left { values: &turned, across: 1, along: rows };
                multiply(level, left, rows, &tile, &mut again, TILE);
                assert_eq!(out, again, "{level:?} {rows} {depth}");
                for row in 0..rows {
                    let mut alone = vec![0.0; TILE];
                    let left =
                        Left { values: &values[row * depth..][..depth], across: 0, along: 1 };
                    multiply(level, left, 1, &tile, &mut alone, TILE);
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
