//! The products of weights that are not quantised.
//!
//! A tile is `[inputs][16 outputs]`. Each output is summed in four parts, by
//! inputs modulo 4, so that one addition need not wait for the last.

#![expect(clippy::needless_range_loop, reason = "loops of constant length run in registers")]

use super::columns::Columns;
use super::tile::COLUMNS;

/// How a number is stored.
pub trait Number: Copy {
    const BYTES: usize;

    /// Reads 16 neighbours.
    ///
    /// # Safety
    /// Only inside [`super::columns::enter`]; the numbers are there.
    unsafe fn read<C: Columns>(from: *const u8) -> C::Floats;
}

macro_rules! numbers {
    ($($name:ident, $bytes:literal, |$from:ident| $read:expr;)*) => {$(
        #[derive(Clone, Copy)]
        pub struct $name;

        impl Number for $name {
            const BYTES: usize = $bytes;

            #[inline(always)]
            unsafe fn read<C: Columns>($from: *const u8) -> C::Floats {
                // SAFETY: the caller's promise.
                unsafe { $read }
            }
        }
    )*};
}

numbers! {
    F32, 4, |from| C::floats(from.cast());
    F16, 2, |from| C::halves(from);
    BF16, 2, |from| C::brains(from);
}

/// Computes 16 outputs of `R` rows.
///
/// # Safety
/// Only inside [`super::columns::enter`]. `tile` and each of the `R` rows at `x`
/// have so many inputs; `to` takes 16 numbers for each row.
#[inline(always)]
pub unsafe fn multiply<C: Columns, N: Number, const R: usize>(
    tile: *const u8,
    x: *const f32,
    inputs: usize,
    to: &mut [[f32; COLUMNS]; R],
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[C::zero(); 4]; R];
        let mut k = 0;
        while k + 4 <= inputs {
            for i in 0..4 {
                let w = N::read::<C>(tile.add((k + i) * COLUMNS * N::BYTES));
                for r in 0..R {
                    sums[r][i] = C::mul_add(w, C::splat(*x.add(r * inputs + k + i)), sums[r][i]);
                }
            }
            k += 4;
        }
        for i in 0..inputs - k {
            let w = N::read::<C>(tile.add((k + i) * COLUMNS * N::BYTES));
            for r in 0..R {
                sums[r][i] = C::mul_add(w, C::splat(*x.add(r * inputs + k + i)), sums[r][i]);
            }
        }
        for r in 0..R {
            let [a, b, c, d] = sums[r];
            C::write(to[r].as_mut_ptr(), C::add(C::add(a, b), C::add(c, d)));
        }
    }
}
