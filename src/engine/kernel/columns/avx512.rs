//! AVX-512 with VNNI: one register for the sixteen outputs.

use std::arch::asm;
use std::arch::x86_64::*;

use super::{Columns, Kernel};

/// # Safety
/// The processor has the features below; the kernel's demands hold.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub unsafe fn enter<K: Kernel>(kernel: K) {
    // SAFETY: the caller's promise.
    unsafe { kernel.run::<Avx512>() }
}

/// The instruction; the compiler makes two of the intrinsic, to shorten chains of
/// them that here run side by side.
///
/// # Safety
/// The processor has the features below; two integers are at `by`.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
pub unsafe fn dpwssd(mut total: __m512i, pairs: __m512i, by: *const i16) -> __m512i {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "vpdpwssd {total}, {pairs}, dword ptr [{by}]{{1to16}}",
            total = inout(zmm_reg) total,
            pairs = in(zmm_reg) pairs,
            by = in(reg) by,
            options(pure, readonly, nostack, preserves_flags),
        );
    }
    total
}

#[derive(Clone, Copy)]
pub struct Avx512;

// SAFETY (all blocks below): see the head of the module above.
impl Columns for Avx512 {
    type Quants = __m512i;
    type Four = __m512i;
    type Sum = __m512i;
    type Ints = __m512i;
    type Floats = __m512;
    type Steps = __m512i;

    const ROWS: usize = 8;
    const PANEL_ROWS: usize = 6;
    const PANEL_TILES: usize = 2;
    const BYTE_ZERO: i32 = 128;

    #[inline(always)]
    fn span(_: usize) -> usize {
        8
    }

    #[inline(always)]
    unsafe fn prefetch(line: *const u8) {
        // SAFETY: a prefetch touches nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) }
    }

    #[inline(always)]
    unsafe fn load(from: *const u8) -> __m512i {
        unsafe { _mm512_loadu_si512(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut u8, quants: __m512i) {
        unsafe { _mm512_storeu_si512(to.cast(), quants) }
    }

    #[inline(always)]
    unsafe fn low(packed: __m512i) -> __m512i {
        unsafe { _mm512_and_si512(packed, _mm512_set1_epi8(15)) }
    }

    #[inline(always)]
    unsafe fn high(packed: __m512i) -> __m512i {
        unsafe { _mm512_and_si512(_mm512_srli_epi16::<4>(packed), _mm512_set1_epi8(15)) }
    }

    #[inline(always)]
    unsafe fn over(low: __m512i, packed: __m512i, left: i32, mask: u8) -> __m512i {
        unsafe {
            let shifted = if left > 0 {
                _mm512_sll_epi16(packed, _mm_cvtsi32_si128(left))
            } else if left < 0 {
                _mm512_srl_epi16(packed, _mm_cvtsi32_si128(-left))
            } else {
                packed
            };
            // low | (shifted & mask)
            let mask = _mm512_set1_epi8(mask.cast_signed());
            _mm512_ternarylogic_epi32::<0xf8>(low, shifted, mask)
        }
    }

    #[inline(always)]
    unsafe fn bytes(packed: __m512i) -> __m512i {
        unsafe { _mm512_xor_si512(packed, _mm512_set1_epi8(-128)) }
    }

    #[inline(always)]
    unsafe fn four(from: *const i8) -> __m512i {
        unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }

    #[inline(always)]
    unsafe fn ints() -> __m512i {
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    unsafe fn int(value: i32, times: i32) -> __m512i {
        unsafe {
            // A broadcast from memory, then a shift: cheaper than the reverse.
            let shift = _mm_cvtsi32_si128(times.trailing_zeros().cast_signed());
            _mm512_sll_epi32(_mm512_set1_epi32(value), shift)
        }
    }

    #[inline(always)]
    unsafe fn begin(total: __m512i) -> __m512i {
        total
    }

    #[inline(always)]
    unsafe fn dot(sum: __m512i, quants: __m512i, four: __m512i, _: usize) -> __m512i {
        unsafe { _mm512_dpbusd_epi32(sum, quants, four) }
    }

    #[inline(always)]
    unsafe fn end(_: __m512i, sum: __m512i) -> __m512i {
        sum
    }

    #[inline(always)]
    unsafe fn end_scaled(total: __m512i, sum: __m512i, steps: __m512i) -> __m512i {
        unsafe { _mm512_add_epi32(total, _mm512_mullo_epi32(sum, steps)) }
    }

    #[inline(always)]
    unsafe fn unsigned_pairs(from: *const u8) -> __m512i {
        unsafe { _mm512_cvtepu8_epi16(_mm256_loadu_si256(from.cast())) }
    }

    #[inline(always)]
    unsafe fn signed_pairs(from: *const u8) -> __m512i {
        unsafe { _mm512_cvtepi8_epi16(_mm256_loadu_si256(from.cast())) }
    }

    #[inline(always)]
    unsafe fn steps(pairs: __m512i) -> (__m512i, __m512i) {
        unsafe {
            let first = _mm512_srai_epi32::<16>(_mm512_slli_epi32::<16>(pairs));
            (first, _mm512_srai_epi32::<16>(pairs))
        }
    }

    #[inline(always)]
    unsafe fn add_pairs(total: __m512i, pairs: __m512i, by: *const i16) -> __m512i {
        unsafe { dpwssd(total, pairs, by) }
    }

    #[inline(always)]
    unsafe fn less_32(a: __m512i, b: __m512i) -> __m512i {
        unsafe { _mm512_sub_epi32(a, _mm512_slli_epi32::<5>(b)) }
    }

    #[inline(always)]
    unsafe fn zero() -> __m512 {
        unsafe { _mm512_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m512 {
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn floats(from: *const f32) -> __m512 {
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn halves(from: *const u8) -> __m512 {
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) }
    }

    #[inline(always)]
    unsafe fn brains(from: *const u8) -> __m512 {
        unsafe {
            let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(wide))
        }
    }

    #[inline(always)]
    unsafe fn write(to: *mut f32, floats: __m512) {
        unsafe { _mm512_storeu_ps(to, floats) }
    }

    #[inline(always)]
    unsafe fn convert(ints: __m512i) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(ints) }
    }

    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn mul_sub(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fnmadd_ps(a, b, c) }
    }
}
