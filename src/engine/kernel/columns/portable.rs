//! Plain loops over arrays, for the compiler to vectorise.

use half::f16;

use super::Columns;

#[derive(Clone, Copy)]
pub struct Portable;

/// Applies a function to each of sixteen.
macro_rules! each {
    (|$c:ident| $body:expr) => {{
        let mut all = [Default::default(); 16];
        for $c in 0..16 {
            all[$c] = $body;
        }
        all
    }};
}

// SAFETY (all blocks below): see the head of the module above.
impl Columns for Portable {
    type Quants = [u8; 64];
    type Four = [i8; 4];
    type Sum = [i32; 16];
    type Ints = [i32; 16];
    type Floats = [f32; 16];
    type Steps = [i32; 16];

    const ROWS: usize = 1;
    const PANEL_ROWS: usize = 1;
    const PANEL_TILES: usize = 1;
    const BYTE_ZERO: i32 = 0;

    #[inline(always)]
    fn span(_: usize) -> usize {
        8
    }

    #[inline(always)]
    unsafe fn prefetch(_: *const u8) {}

    #[inline(always)]
    unsafe fn load(from: *const u8) -> [u8; 64] {
        unsafe { from.cast::<[u8; 64]>().read() }
    }

    #[inline(always)]
    unsafe fn store(to: *mut u8, quants: [u8; 64]) {
        unsafe { to.cast::<[u8; 64]>().write(quants) }
    }

    #[inline(always)]
    unsafe fn low(packed: [u8; 64]) -> [u8; 64] {
        packed.map(|b| b & 15)
    }

    #[inline(always)]
    unsafe fn high(packed: [u8; 64]) -> [u8; 64] {
        packed.map(|b| b >> 4)
    }

    #[inline(always)]
    unsafe fn over(mut low: [u8; 64], packed: [u8; 64], left: i32, mask: u8) -> [u8; 64] {
        for (low, packed) in low.iter_mut().zip(packed) {
            let shifted = if left >= 0 { packed << left } else { packed >> -left };
            *low |= shifted & mask;
        }
        low
    }

    #[inline(always)]
    unsafe fn bytes(packed: [u8; 64]) -> [u8; 64] {
        packed
    }

    #[inline(always)]
    unsafe fn four(from: *const i8) -> [i8; 4] {
        unsafe { from.cast::<[i8; 4]>().read() }
    }

    #[inline(always)]
    unsafe fn ints() -> [i32; 16] {
        [0; 16]
    }

    #[inline(always)]
    unsafe fn int(value: i32, times: i32) -> [i32; 16] {
        [value * times; 16]
    }

    #[inline(always)]
    unsafe fn begin(total: [i32; 16]) -> [i32; 16] {
        total
    }

    #[inline(always)]
    unsafe fn dot(mut sum: [i32; 16], quants: [u8; 64], four: [i8; 4], bits: usize) -> [i32; 16] {
        for c in 0..16 {
            for i in 0..4 {
                let q = quants[4 * c + i];
                let q = if bits == 8 { i16::from(q.cast_signed()) } else { i16::from(q) };
                sum[c] += i32::from(q) * i32::from(i16::from(four[i]));
            }
        }
        sum
    }

    #[inline(always)]
    unsafe fn end(_: [i32; 16], sum: [i32; 16]) -> [i32; 16] {
        sum
    }

    #[inline(always)]
    unsafe fn end_scaled(total: [i32; 16], sum: [i32; 16], steps: [i32; 16]) -> [i32; 16] {
        each!(|c| total[c].wrapping_add(sum[c].wrapping_mul(steps[c])))
    }

    #[inline(always)]
    unsafe fn unsigned_pairs(from: *const u8) -> [i32; 16] {
        let bytes = unsafe { from.cast::<[[u8; 2]; 16]>().read() };
        each!(|c| i32::from(bytes[c][0]) | i32::from(bytes[c][1]) << 16)
    }

    #[inline(always)]
    unsafe fn signed_pairs(from: *const u8) -> [i32; 16] {
        let bytes = unsafe { from.cast::<[[i8; 2]; 16]>().read() };
        each!(|c| i32::from(bytes[c][0]) & 0xffff | i32::from(bytes[c][1]) << 16)
    }

    #[inline(always)]
    unsafe fn steps(pairs: [i32; 16]) -> ([i32; 16], [i32; 16]) {
        (each!(|c| pairs[c] << 16 >> 16), each!(|c| pairs[c] >> 16))
    }

    #[inline(always)]
    unsafe fn add_pairs(total: [i32; 16], pairs: [i32; 16], by: *const i16) -> [i32; 16] {
        let by = unsafe { by.cast::<[i16; 2]>().read() }.map(i32::from);
        each!(|c| {
            let (first, second) = (pairs[c] << 16 >> 16, pairs[c] >> 16);
            total[c] + first * by[0] + second * by[1]
        })
    }

    #[inline(always)]
    unsafe fn less_32(a: [i32; 16], b: [i32; 16]) -> [i32; 16] {
        each!(|c| a[c] - 32 * b[c])
    }

    #[inline(always)]
    unsafe fn zero() -> [f32; 16] {
        [0.0; 16]
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> [f32; 16] {
        [value; 16]
    }

    #[inline(always)]
    unsafe fn floats(from: *const f32) -> [f32; 16] {
        unsafe { from.cast::<[f32; 16]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn halves(from: *const u8) -> [f32; 16] {
        let bytes = unsafe { from.cast::<[[u8; 2]; 16]>().read() };
        each!(|c| f16::from_le_bytes(bytes[c]).to_f32())
    }

    #[inline(always)]
    unsafe fn brains(from: *const u8) -> [f32; 16] {
        let bytes = unsafe { from.cast::<[[u8; 2]; 16]>().read() };
        each!(|c| f32::from_bits(u32::from(u16::from_le_bytes(bytes[c])) << 16))
    }

    #[inline(always)]
    unsafe fn write(to: *mut f32, floats: [f32; 16]) {
        unsafe { to.cast::<[f32; 16]>().write_unaligned(floats) }
    }

    #[inline(always)]
    unsafe fn convert(ints: [i32; 16]) -> [f32; 16] {
        each!(|c| ints[c] as f32)
    }

    #[inline(always)]
    unsafe fn add(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(|c| a[c] + b[c])
    }

    #[inline(always)]
    unsafe fn mul(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(|c| a[c] * b[c])
    }

    #[inline(always)]
    unsafe fn mul_add(a: [f32; 16], b: [f32; 16], c: [f32; 16]) -> [f32; 16] {
        each!(|i| a[i] * b[i] + c[i])
    }

    #[inline(always)]
    unsafe fn mul_sub(a: [f32; 16], b: [f32; 16], c: [f32; 16]) -> [f32; 16] {
        each!(|i| c[i] - a[i] * b[i])
    }
}
