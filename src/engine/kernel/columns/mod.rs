//! The instructions that the kernels are written in: operations on the sixteen
//! outputs of a tile, as each level has them.
//!
//! All functions are unsafe for one reason: they may run only inside
//! [`enter`], on a processor that has the level's instructions; those that take
//! pointers read or write what their name says there, at any alignment.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
#[cfg(target_arch = "aarch64")]
pub mod neon;
pub mod portable;

use super::level::Level;

/// Sixteen outputs side by side.
pub trait Columns: Copy {
    /// A group of quants: 16 outputs by 4 inputs.
    type Quants: Copy;
    /// Four activations.
    type Four: Copy;
    /// Products of few groups, not yet added up.
    type Sum: Copy;
    /// 16 integers of 32 bits; or of twice 16.
    type Ints: Copy;
    /// 16 numbers.
    type Floats: Copy;
    /// One small integer for each output, ready to multiply a sum.
    type Steps: Copy;

    /// Most rows that the registers hold of one tile read on the fly.
    const ROWS: usize;
    /// Rows and tiles that the registers hold of an unpacked panel.
    const PANEL_ROWS: usize;
    const PANEL_TILES: usize;
    /// What [`Self::bytes`] adds to the signed quants of Q8_0.
    const BYTE_ZERO: i32;

    /// How many groups of quants of so many bits a [`Self::Sum`] holds.
    fn span(bits: usize) -> usize;

    /// Asks for a cache line; any address will do.
    unsafe fn prefetch(line: *const u8);
    unsafe fn load(from: *const u8) -> Self::Quants;
    unsafe fn store(to: *mut u8, quants: Self::Quants);
    /// The low nibbles.
    unsafe fn low(packed: Self::Quants) -> Self::Quants;
    /// The high nibbles.
    unsafe fn high(packed: Self::Quants) -> Self::Quants;
    /// Shifted left (right if negative), then only the bits of `mask`, over `low`.
    unsafe fn over(low: Self::Quants, packed: Self::Quants, left: i32, mask: u8) -> Self::Quants;
    /// Signed quants of eight bits in the form that [`Self::dot`] takes.
    unsafe fn bytes(packed: Self::Quants) -> Self::Quants;
    unsafe fn four(from: *const i8) -> Self::Four;

    unsafe fn ints() -> Self::Ints;
    /// All 16 `value` times a power of two.
    unsafe fn int(value: i32, times: i32) -> Self::Ints;
    /// A sum that continues a total, as far as the level can.
    unsafe fn begin(total: Self::Ints) -> Self::Sum;
    /// Adds the products of a group of quants of so many bits (eight: signed).
    unsafe fn dot(sum: Self::Sum, quants: Self::Quants, four: Self::Four, bits: usize)
    -> Self::Sum;
    /// The total that `sum` was begun with and `sum`.
    unsafe fn end(total: Self::Ints, sum: Self::Sum) -> Self::Ints;
    /// `total + sum * steps`, where `sum` was begun with zero.
    unsafe fn end_scaled(total: Self::Ints, sum: Self::Sum, steps: Self::Steps) -> Self::Ints;

    /// 32 bytes, unsigned or signed, as 16 pairs of integers of 16 bits.
    unsafe fn unsigned_pairs(from: *const u8) -> Self::Ints;
    unsafe fn signed_pairs(from: *const u8) -> Self::Ints;
    /// The first and the second of each pair.
    unsafe fn steps(pairs: Self::Ints) -> (Self::Steps, Self::Steps);
    /// `total` plus the sum of each pair times the two integers at `by`.
    unsafe fn add_pairs(total: Self::Ints, pairs: Self::Ints, by: *const i16) -> Self::Ints;
    /// `a - 32 b`
    unsafe fn less_32(a: Self::Ints, b: Self::Ints) -> Self::Ints;

    unsafe fn zero() -> Self::Floats;
    unsafe fn splat(value: f32) -> Self::Floats;
    unsafe fn floats(from: *const f32) -> Self::Floats;
    unsafe fn halves(from: *const u8) -> Self::Floats;
    unsafe fn brains(from: *const u8) -> Self::Floats;
    unsafe fn write(to: *mut f32, floats: Self::Floats);
    unsafe fn convert(ints: Self::Ints) -> Self::Floats;
    unsafe fn add(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    unsafe fn mul(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a * b + c`, fused where the level can.
    unsafe fn mul_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// `c - a * b`, likewise.
    unsafe fn mul_sub(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
}

/// What runs at a level.
pub trait Kernel {
    /// # Safety
    /// Only inside [`enter`]. Implementations are `#[inline(always)]`, so that the
    /// level's instructions are compiled into one function.
    unsafe fn run<C: Columns>(self);
}

/// Runs a kernel at a level.
///
/// # Safety
/// The kernel's own demands hold.
///
/// # Panics
/// If the processor lacks the level.
pub unsafe fn enter(level: Level, kernel: impl Kernel) {
    assert!(level.is_available(), "{level:?} is not available");
    // SAFETY: the level is available; the rest is the caller's promise.
    unsafe {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512::enter(kernel),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 if avx2::has_vnni() => avx2::enter_vnni(kernel),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2::enter(kernel),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => neon::enter(kernel),
            _ => kernel.run::<portable::Portable>(),
        }
    }
}
