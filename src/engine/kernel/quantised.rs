//! The products of quantised weights, written once for all levels and formats.
//!
//! Every kernel adds up one chunk of inputs into accumulators, for `R` rows and
//! `T` tiles. Whether the quants are unpacked on the fly (few rows: each byte of
//! the weights is read once) or were unpacked before (a panel, used for all rows)
//! is a [`Source`]'s matter; the operations on a row are the same and in the same
//! order, so that its result has the same bits in any company.

#![expect(clippy::needless_range_loop, reason = "loops of constant length run in registers")]

use super::columns::Columns;
use super::format::Format;
use super::rows::{Coarse, Fine};
use super::tile::{CHUNK, COLUMNS, HALVES, Layout, SUB, SUBS};

/// Bytes by which a weight is asked for ahead of its use. One row needs so little
/// work for a byte that many requests must be under way at once.
///
/// GB/s of weights for one row and for three on one core of a Xeon 6, by bytes
/// ahead; Q4_K 8960 by 1536 comes from memory, Q4_1 1536 by 576 from the cache:
///
/// | weight | none        | 2048        | 4096        | 8192        |
/// |--------|-------------|-------------|-------------|-------------|
/// | Q4_K   | 16.0 / 9.9  | 24.2 / 19.4 | 24.5 / 20.8 | 25.4 / 22.8 |
/// | Q6_K   | 10.8 / 7.4  | 14.5 / 12.3 | 13.9 / 13.0 | 13.4 / 12.7 |
/// | Q4_1   | 20.9 / 15.6 | 24.2 / 21.4 | 19.6 / 20.3 | 19.0 / 20.6 |
///
/// Models in formats of 32 are the small ones.
const fn ahead(format: Format) -> usize {
    if format.block_len() > SUB { 8192 } else { 2048 }
}

/// What tells one quantised format from another.
pub trait Scheme: Copy {
    const FORMAT: Format;
    const LAYOUT: Layout = Layout::of(Self::FORMAT);
    const BITS: usize = Self::LAYOUT.bits;
    /// The quant that means zero, in formats of blocks of 32 without minima.
    const ZERO: i32 = 0;
    /// The activations it meets.
    type Rounded;

    /// Adds a chunk of `subs` sub-blocks to the accumulators.
    ///
    /// # Safety
    /// Only inside [`super::columns::enter`]. `x` points to `R` rows; the sources
    /// hold so many sub-blocks.
    unsafe fn add<C: Columns, S: Source<C>, const R: usize, const T: usize>(
        tiles: [S; T],
        x: *const Self::Rounded,
        subs: usize,
        sums: &mut [[C::Floats; T]; R],
    );
}

/// Where a kernel finds a chunk of a tile. All is unsafe as in [`Columns`].
pub trait Source<C: Columns>: Copy {
    /// Group `GROUP` of a sub-block.
    unsafe fn quants<const GROUP: usize>(self, sub: usize) -> C::Quants;
    /// The scales and minima of a block.
    unsafe fn scale(self, block: usize) -> C::Floats;
    unsafe fn min(self, block: usize) -> C::Floats;
    /// Steps `2 pair` and `2 pair + 1`.
    unsafe fn steps(self, pair: usize) -> (C::Steps, C::Steps);
    /// The same, or the offsets, as pairs of integers of 16 bits.
    unsafe fn pairs(self, pair: usize) -> C::Ints;
    /// Has the memory send what lies ahead of a sub-block.
    unsafe fn prefetch(self, sub: usize);
}

/// A tile's chunk as it is stored.
pub struct Packed<F> {
    chunk: *const u8,
    subs: usize,
    format: std::marker::PhantomData<F>,
}

impl<F> Clone for Packed<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Packed<F> {}

impl<F> Packed<F> {
    pub fn new(chunk: *const u8, subs: usize) -> Self {
        Self { chunk, subs, format: std::marker::PhantomData }
    }
}

impl<C: Columns, F: Scheme> Source<C> for Packed<F> {
    #[inline(always)]
    unsafe fn quants<const GROUP: usize>(self, sub: usize) -> C::Quants {
        // SAFETY: inside the chunk, by its layout.
        unsafe {
            let low = self.chunk.add(sub * const { F::LAYOUT.low() });
            if F::BITS == 8 {
                return C::bytes(C::load(low.add(64 * GROUP)));
            }
            let packed = C::load(low.add(GROUP % 4 * 64));
            let quants = if GROUP < 4 { C::low(packed) } else { C::high(packed) };
            let high = F::LAYOUT.high_at(self.subs) + sub * const { F::LAYOUT.high() };
            let high = self.chunk.add(high);
            match F::BITS {
                5 => C::over(quants, C::load(high), 4 - GROUP as i32, 0x10),
                6 => {
                    let packed = C::load(high.add(GROUP / 4 * 64));
                    C::over(quants, packed, 4 - 2 * (GROUP % 4) as i32, 0x30)
                }
                _ => quants,
            }
        }
    }

    #[inline(always)]
    unsafe fn scale(self, block: usize) -> C::Floats {
        // SAFETY: as above.
        unsafe { C::halves(self.chunk.add(F::LAYOUT.scales_at(self.subs) + block * HALVES)) }
    }

    #[inline(always)]
    unsafe fn min(self, block: usize) -> C::Floats {
        // SAFETY: as above.
        unsafe { C::halves(self.chunk.add(F::LAYOUT.mins_at(self.subs) + block * HALVES)) }
    }

    #[inline(always)]
    unsafe fn steps(self, pair: usize) -> (C::Steps, C::Steps) {
        // SAFETY: as above.
        unsafe {
            C::steps(C::signed_pairs(self.chunk.add(F::LAYOUT.steps_at(SUBS) + pair * HALVES)))
        }
    }

    #[inline(always)]
    unsafe fn pairs(self, pair: usize) -> C::Ints {
        // SAFETY: as above.
        unsafe {
            if F::LAYOUT.offsets > 0 {
                C::unsigned_pairs(self.chunk.add(F::LAYOUT.offsets_at(SUBS) + pair * HALVES))
            } else {
                C::signed_pairs(self.chunk.add(F::LAYOUT.steps_at(SUBS) + pair * HALVES))
            }
        }
    }

    #[inline(always)]
    unsafe fn prefetch(self, sub: usize) {
        // Each sub-block asks for its share of a chunk.
        let lines = const { F::LAYOUT.chunk_bytes(SUBS).div_ceil(64 * SUBS) };
        let ahead = self.chunk.wrapping_add(const { ahead(F::FORMAT) } + sub * lines * 64);
        for line in 0..lines {
            // SAFETY: a prefetch touches nothing.
            unsafe { C::prefetch(ahead.wrapping_add(64 * line)) };
        }
    }
}

/// A tile's chunk unpacked: a byte for each quant, steps ready to use.
#[repr(C, align(64))]
pub struct Unpacked<C: Columns> {
    quants: [u8; CHUNK * COLUMNS],
    scales: [C::Floats; SUBS],
    mins: [C::Floats; SUBS],
    steps: [(C::Steps, C::Steps); SUBS],
    pairs: [C::Ints; SUBS],
}

impl<C: Columns> Unpacked<C> {
    /// Unpacks a chunk into what `to` points to.
    ///
    /// # Safety
    /// Only inside [`super::columns::enter`]. `to` may be written, aligned.
    #[inline(always)]
    pub unsafe fn fill<F: Scheme>(to: *mut Self, from: Packed<F>, subs: usize) {
        /// One group of each sub-block.
        #[inline(always)]
        unsafe fn group<C: Columns, F: Scheme, const G: usize>(
            quants: *mut u8,
            from: Packed<F>,
            sub: usize,
        ) {
            // SAFETY: the caller's promise.
            unsafe {
                let group = Source::<C>::quants::<G>(from, sub);
                C::store(quants.add((sub * 8 + G) * 64), group);
            }
        }
        // SAFETY: the fields are inside `to`; the rest is the caller's promise.
        unsafe {
            let quants = (&raw mut (*to).quants).cast::<u8>();
            for sub in 0..subs {
                Source::<C>::prefetch(from, sub);
                group::<C, F, 0>(quants, from, sub);
                group::<C, F, 1>(quants, from, sub);
                group::<C, F, 2>(quants, from, sub);
                group::<C, F, 3>(quants, from, sub);
                group::<C, F, 4>(quants, from, sub);
                group::<C, F, 5>(quants, from, sub);
                group::<C, F, 6>(quants, from, sub);
                group::<C, F, 7>(quants, from, sub);
            }
            let blocks = if F::LAYOUT.steps > 0 { 1 } else { subs };
            for block in 0..blocks {
                (*to).scales[block] = Source::<C>::scale(from, block);
                if F::LAYOUT.mins {
                    (*to).mins[block] = Source::<C>::min(from, block);
                }
            }
            for pair in 0..F::LAYOUT.steps / 2 {
                (*to).steps[pair] = Source::<C>::steps(from, pair);
                (*to).pairs[pair] = Source::<C>::pairs(from, pair);
            }
        }
    }
}

impl<C: Columns> Source<C> for *const Unpacked<C> {
    #[inline(always)]
    unsafe fn quants<const GROUP: usize>(self, sub: usize) -> C::Quants {
        // SAFETY: inside the panel.
        unsafe { C::load((&raw const (*self).quants).cast::<u8>().add((sub * 8 + GROUP) * 64)) }
    }

    #[inline(always)]
    unsafe fn scale(self, block: usize) -> C::Floats {
        // SAFETY: as above.
        unsafe { *(&raw const (*self).scales).cast::<C::Floats>().add(block) }
    }

    #[inline(always)]
    unsafe fn min(self, block: usize) -> C::Floats {
        // SAFETY: as above.
        unsafe { *(&raw const (*self).mins).cast::<C::Floats>().add(block) }
    }

    #[inline(always)]
    unsafe fn steps(self, pair: usize) -> (C::Steps, C::Steps) {
        // SAFETY: as above.
        unsafe { *(&raw const (*self).steps).cast::<(C::Steps, C::Steps)>().add(pair) }
    }

    #[inline(always)]
    unsafe fn pairs(self, pair: usize) -> C::Ints {
        // SAFETY: as above.
        unsafe { *(&raw const (*self).pairs).cast::<C::Ints>().add(pair) }
    }

    #[inline(always)]
    unsafe fn prefetch(self, _: usize) {}
}

/// Something for each of `R` rows and `T` tiles.
type Each<X, const R: usize, const T: usize> = [[X; T]; R];

/// Adds the products of group `G` of a sub-block.
///
/// # Safety
/// As for [`Scheme::add`].
#[inline(always)]
unsafe fn dot<C, F, S, const R: usize, const T: usize, const G: usize>(
    tiles: [S; T],
    x: *const F::Rounded,
    sub: usize,
    sums: &mut Each<C::Sum, R, T>,
) where
    C: Columns,
    F: Scheme,
    S: Source<C>,
{
    // SAFETY: the quants are the first field of both kinds of activations.
    unsafe {
        let mut quants = [tiles[0].quants::<G>(sub); T];
        for t in 1..T {
            quants[t] = tiles[t].quants::<G>(sub);
        }
        for r in 0..R {
            let four = C::four(x.add(r).cast::<i8>().add(sub * SUB + 4 * G));
            for t in 0..T {
                sums[r][t] = C::dot(sums[r][t], quants[t], four, F::BITS);
            }
        }
    }
}

/// Adds a chunk of a format with blocks of 32: each block's sum is scaled.
///
/// # Safety
/// As for [`Scheme::add`].
#[inline(always)]
unsafe fn add_fine<C, F, S, const R: usize, const T: usize>(
    tiles: [S; T],
    x: *const Fine,
    subs: usize,
    sums: &mut Each<C::Floats, R, T>,
) where
    C: Columns,
    F: Scheme<Rounded = Fine>,
    S: Source<C>,
{
    // SAFETY: the caller's promise.
    unsafe {
        let zero = if F::BITS == 8 { C::BYTE_ZERO } else { F::ZERO };
        for sub in 0..subs {
            for tile in tiles {
                tile.prefetch(sub);
            }
            let mut totals = [[C::ints(); T]; R];
            if zero != 0 {
                for r in 0..R {
                    totals[r] = [C::int((*x.add(r)).zero[sub], zero / 8); T];
                }
            }
            let mut dots = [[C::begin(totals[0][0]); T]; R];
            for r in 0..R {
                dots[r] = [C::begin(totals[r][0]); T];
            }
            macro_rules! groups {
                ($($g:literal)*) => {$(
                    dot::<C, F, S, R, T, $g>(tiles, x, sub, &mut dots);
                    if ($g + 1) % C::span(F::BITS) == 0 {
                        for r in 0..R {
                            for t in 0..T {
                                totals[r][t] = C::end(totals[r][t], dots[r][t]);
                                dots[r][t] = C::begin(totals[r][t]);
                            }
                        }
                    }
                )*};
            }
            groups!(0 1 2 3 4 5 6 7);
            for t in 0..T {
                let scale = tiles[t].scale(sub);
                for r in 0..R {
                    let scale = C::mul(scale, C::splat((*x.add(r)).scale[sub]));
                    sums[r][t] = C::mul_add(C::convert(totals[r][t]), scale, sums[r][t]);
                }
                if F::LAYOUT.mins {
                    let min = tiles[t].min(sub);
                    for r in 0..R {
                        sums[r][t] = C::mul_add(min, C::splat((*x.add(r)).sum[sub]), sums[r][t]);
                    }
                }
            }
        }
    }
}

/// Adds a chunk of a K format: steps and offsets are integers, so the sum over the
/// chunk is one, too, and exact; the scales come last.
///
/// # Safety
/// As for [`Scheme::add`].
#[inline(always)]
unsafe fn add_coarse<C, F, S, const R: usize, const T: usize>(
    tiles: [S; T],
    x: *const Coarse,
    sums: &mut Each<C::Floats, R, T>,
) where
    C: Columns,
    F: Scheme<Rounded = Coarse>,
    S: Source<C>,
{
    // SAFETY: the caller's promise.
    unsafe {
        let mut totals = [[C::ints(); T]; R];
        // Q6_K has two steps for a sub-block, the others one.
        let per_sub = F::LAYOUT.steps / SUBS;
        for pair in 0..F::LAYOUT.steps / 2 {
            let mut steps = [tiles[0].steps(pair); T];
            for t in 1..T {
                steps[t] = tiles[t].steps(pair);
            }
            for half in 0..2 / per_sub {
                let sub = pair * 2 / per_sub + half;
                for tile in tiles {
                    tile.prefetch(sub);
                }
                let mut dots = [[C::begin(C::ints()); T]; R];
                macro_rules! groups {
                    ($($g:literal)*) => {$(
                        dot::<C, F, S, R, T, $g>(tiles, x, sub, &mut dots);
                        if ($g + 1) % C::span(F::BITS).min(8 / per_sub) == 0 {
                            let second = if per_sub == 2 { $g >= 4 } else { half == 1 };
                            for t in 0..T {
                                let steps = if second { steps[t].1 } else { steps[t].0 };
                                for r in 0..R {
                                    totals[r][t] = C::end_scaled(totals[r][t], dots[r][t], steps);
                                    dots[r][t] = C::begin(C::ints());
                                }
                            }
                        }
                    )*};
                }
                groups!(0 1 2 3 4 5 6 7);
            }
        }
        for t in 0..T {
            let mut offsets = [C::ints(); R];
            for pair in 0..if F::LAYOUT.mins { SUBS / 2 } else { SUBS } {
                let pairs = tiles[t].pairs(pair);
                for r in 0..R {
                    let sums = if F::LAYOUT.mins {
                        (&raw const (*x.add(r)).sums32).cast::<i16>()
                    } else {
                        (&raw const (*x.add(r)).sums16).cast::<i16>()
                    };
                    offsets[r] = C::add_pairs(offsets[r], pairs, sums.add(2 * pair));
                }
            }
            let scale = tiles[t].scale(0);
            for r in 0..R {
                let sum = if F::LAYOUT.mins {
                    let sum = C::mul(C::convert(totals[r][t]), scale);
                    C::mul_sub(C::convert(offsets[r]), tiles[t].min(0), sum)
                } else {
                    // The quant that means zero is 32.
                    C::mul(C::convert(C::less_32(totals[r][t], offsets[r])), scale)
                };
                sums[r][t] = C::mul_add(sum, C::splat((*x.add(r)).scale), sums[r][t]);
            }
        }
    }
}

macro_rules! schemes {
    ($($name:ident, $rounded:ident, $zero:literal, |$tiles:ident, $x:ident, $subs:ident, $sums:ident| $add:expr;)*) => {$(
        #[derive(Clone, Copy)]
        pub struct $name;

        impl Scheme for $name {
            const FORMAT: Format = Format::$name;
            const ZERO: i32 = $zero;
            type Rounded = $rounded;

            #[inline(always)]
            unsafe fn add<C: Columns, S: Source<C>, const R: usize, const T: usize>(
                $tiles: [S; T],
                $x: *const $rounded,
                $subs: usize,
                $sums: &mut [[C::Floats; T]; R],
            ) {
                // SAFETY: the caller's promise.
                unsafe { $add }
            }
        }
    )*};
}

schemes! {
    Q4_0, Fine, 8, |tiles, x, subs, sums| add_fine::<C, Self, S, R, T>(tiles, x, subs, sums);
    Q4_1, Fine, 0, |tiles, x, subs, sums| add_fine::<C, Self, S, R, T>(tiles, x, subs, sums);
    Q5_0, Fine, 16, |tiles, x, subs, sums| add_fine::<C, Self, S, R, T>(tiles, x, subs, sums);
    Q5_1, Fine, 0, |tiles, x, subs, sums| add_fine::<C, Self, S, R, T>(tiles, x, subs, sums);
    Q8_0, Fine, 0, |tiles, x, subs, sums| add_fine::<C, Self, S, R, T>(tiles, x, subs, sums);
    Q4K, Coarse, 0, |tiles, x, _subs, sums| add_coarse::<C, Self, S, R, T>(tiles, x, sums);
    Q5K, Coarse, 0, |tiles, x, _subs, sums| add_coarse::<C, Self, S, R, T>(tiles, x, sums);
    Q6K, Coarse, 0, |tiles, x, _subs, sums| add_coarse::<C, Self, S, R, T>(tiles, x, sums);
}
