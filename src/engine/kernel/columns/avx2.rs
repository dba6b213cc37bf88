//! AVX2 with FMA and F16C, with or without AVX-VNNI: two registers for the
//! sixteen outputs. Both give the same bits, since integer sums are exact.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::*;

use super::{Columns, Kernel};

/// Lets a test have what an older processor does.
#[cfg(test)]
pub static WITHOUT_VNNI: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Whether dot products of bytes are one instruction.
pub fn has_vnni() -> bool {
    #[cfg(test)]
    if WITHOUT_VNNI.load(std::sync::atomic::Ordering::Relaxed) {
        return false;
    }
    is_x86_feature_detected!("avxvnni")
}

/// # Safety
/// The processor has the features below; the kernel's demands hold.
#[target_feature(enable = "avx2,fma,f16c")]
pub unsafe fn enter<K: Kernel>(kernel: K) {
    // SAFETY: the caller's promise.
    unsafe { kernel.run::<Avx2<false>>() }
}

/// # Safety
/// The processor has the features below; the kernel's demands hold.
#[target_feature(enable = "avx2,fma,f16c,avxvnni")]
pub unsafe fn enter_vnni<K: Kernel>(kernel: K) {
    // SAFETY: the caller's promise.
    unsafe { kernel.run::<Avx2<true>>() }
}

/// `VNNI` sums products in 32 bits; without it they are summed in 16 bits for as
/// long as they fit, then widened.
#[derive(Clone, Copy)]
pub struct Avx2<const VNNI: bool>;

type Ints = [__m256i; 2];
type Floats = [__m256; 2];

/// Applies a function to both registers.
macro_rules! both {
    (|$h:ident| $body:expr) => {
        [
            {
                let $h = 0;
                $body
            },
            {
                let $h = 1;
                $body
            },
        ]
    };
}

// SAFETY (all blocks below): see the head of the module above.
impl<const VNNI: bool> Columns for Avx2<VNNI> {
    type Quants = Ints;
    type Four = __m256i;
    type Sum = Ints;
    type Ints = Ints;
    type Floats = Floats;
    /// Of 32 bits with VNNI, else twice of 16.
    type Steps = Ints;

    const ROWS: usize = 2;
    const PANEL_ROWS: usize = 3;
    const PANEL_TILES: usize = 1;
    const BYTE_ZERO: i32 = 0;

    /// Two products of a quant and 127 go into each number of 16 bits.
    #[inline(always)]
    fn span(bits: usize) -> usize {
        match bits {
            _ if VNNI => 8,
            4 => 8,
            5 => 4,
            6 => 2,
            _ => 1,
        }
    }

    #[inline(always)]
    unsafe fn prefetch(line: *const u8) {
        // SAFETY: a prefetch touches nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) }
    }

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Ints {
        unsafe { both!(|h| _mm256_loadu_si256(from.add(32 * h).cast())) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut u8, quants: Ints) {
        unsafe {
            _mm256_storeu_si256(to.cast(), quants[0]);
            _mm256_storeu_si256(to.add(32).cast(), quants[1]);
        }
    }

    #[inline(always)]
    unsafe fn low(packed: Ints) -> Ints {
        unsafe { both!(|h| _mm256_and_si256(packed[h], _mm256_set1_epi8(15))) }
    }

    #[inline(always)]
    unsafe fn high(packed: Ints) -> Ints {
        unsafe {
            both!(|h| _mm256_and_si256(_mm256_srli_epi16::<4>(packed[h]), _mm256_set1_epi8(15)))
        }
    }

    #[inline(always)]
    unsafe fn over(low: Ints, packed: Ints, left: i32, mask: u8) -> Ints {
        unsafe {
            let mask = _mm256_set1_epi8(mask.cast_signed());
            both!(|h| {
                let shifted = if left > 0 {
                    _mm256_sll_epi16(packed[h], _mm_cvtsi32_si128(left))
                } else if left < 0 {
                    _mm256_srl_epi16(packed[h], _mm_cvtsi32_si128(-left))
                } else {
                    packed[h]
                };
                _mm256_or_si256(low[h], _mm256_and_si256(shifted, mask))
            })
        }
    }

    #[inline(always)]
    unsafe fn bytes(packed: Ints) -> Ints {
        packed
    }

    #[inline(always)]
    unsafe fn four(from: *const i8) -> __m256i {
        unsafe { _mm256_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }

    #[inline(always)]
    unsafe fn ints() -> Ints {
        unsafe { [_mm256_setzero_si256(); 2] }
    }

    #[inline(always)]
    unsafe fn int(value: i32, times: i32) -> Ints {
        unsafe {
            // A broadcast from memory, then a shift: cheaper than the reverse.
            let shift = _mm_cvtsi32_si128(times.trailing_zeros().cast_signed());
            [_mm256_sll_epi32(_mm256_set1_epi32(value), shift); 2]
        }
    }

    #[inline(always)]
    unsafe fn begin(total: Ints) -> Ints {
        if VNNI { total } else { unsafe { Self::ints() } }
    }

    #[inline(always)]
    unsafe fn dot(sum: Ints, quants: Ints, four: __m256i, bits: usize) -> Ints {
        unsafe {
            both!(|h| {
                // The first factor must be unsigned: the sign moves to the second.
                let (q, x) = if bits == 8 {
                    (_mm256_abs_epi8(quants[h]), _mm256_sign_epi8(four, quants[h]))
                } else {
                    (quants[h], four)
                };
                if VNNI {
                    _mm256_dpbusd_avx_epi32(sum[h], q, x)
                } else {
                    _mm256_add_epi16(sum[h], _mm256_maddubs_epi16(q, x))
                }
            })
        }
    }

    #[inline(always)]
    unsafe fn end(total: Ints, sum: Ints) -> Ints {
        if VNNI {
            return sum;
        }
        unsafe {
            let ones = _mm256_set1_epi16(1);
            both!(|h| _mm256_add_epi32(total[h], _mm256_madd_epi16(sum[h], ones)))
        }
    }

    #[inline(always)]
    unsafe fn end_scaled(total: Ints, sum: Ints, steps: Ints) -> Ints {
        unsafe {
            both!(|h| {
                let scaled = if VNNI {
                    _mm256_mullo_epi32(sum[h], steps[h])
                } else {
                    _mm256_madd_epi16(sum[h], steps[h])
                };
                _mm256_add_epi32(total[h], scaled)
            })
        }
    }

    #[inline(always)]
    unsafe fn unsigned_pairs(from: *const u8) -> Ints {
        unsafe { both!(|h| _mm256_cvtepu8_epi16(_mm_loadu_si128(from.add(16 * h).cast()))) }
    }

    #[inline(always)]
    unsafe fn signed_pairs(from: *const u8) -> Ints {
        unsafe { both!(|h| _mm256_cvtepi8_epi16(_mm_loadu_si128(from.add(16 * h).cast()))) }
    }

    #[inline(always)]
    unsafe fn steps(pairs: Ints) -> (Ints, Ints) {
        unsafe {
            if VNNI {
                let first = both!(|h| _mm256_srai_epi32::<16>(_mm256_slli_epi32::<16>(pairs[h])));
                return (first, both!(|h| _mm256_srai_epi32::<16>(pairs[h])));
            }
            let first = both!(|h| {
                let up = _mm256_slli_epi32::<16>(pairs[h]);
                _mm256_or_si256(up, _mm256_srli_epi32::<16>(up))
            });
            let second = both!(|h| {
                let down = _mm256_srli_epi32::<16>(pairs[h]);
                _mm256_or_si256(down, _mm256_slli_epi32::<16>(down))
            });
            (first, second)
        }
    }

    #[inline(always)]
    unsafe fn add_pairs(total: Ints, pairs: Ints, by: *const i16) -> Ints {
        unsafe {
            let by = _mm256_set1_epi32(by.cast::<i32>().read_unaligned());
            both!(|h| _mm256_add_epi32(total[h], _mm256_madd_epi16(pairs[h], by)))
        }
    }

    #[inline(always)]
    unsafe fn less_32(a: Ints, b: Ints) -> Ints {
        unsafe { both!(|h| _mm256_sub_epi32(a[h], _mm256_slli_epi32::<5>(b[h]))) }
    }

    #[inline(always)]
    unsafe fn zero() -> Floats {
        unsafe { [_mm256_setzero_ps(); 2] }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Floats {
        unsafe { [_mm256_set1_ps(value); 2] }
    }

    #[inline(always)]
    unsafe fn floats(from: *const f32) -> Floats {
        unsafe { both!(|h| _mm256_loadu_ps(from.add(8 * h))) }
    }

    #[inline(always)]
    unsafe fn halves(from: *const u8) -> Floats {
        unsafe { both!(|h| _mm256_cvtph_ps(_mm_loadu_si128(from.add(16 * h).cast()))) }
    }

    #[inline(always)]
    unsafe fn brains(from: *const u8) -> Floats {
        unsafe {
            both!(|h| {
                let wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.add(16 * h).cast()));
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(wide))
            })
        }
    }

    #[inline(always)]
    unsafe fn write(to: *mut f32, floats: Floats) {
        unsafe {
            _mm256_storeu_ps(to, floats[0]);
            _mm256_storeu_ps(to.add(8), floats[1]);
        }
    }

    #[inline(always)]
    unsafe fn convert(ints: Ints) -> Floats {
        unsafe { both!(|h| _mm256_cvtepi32_ps(ints[h])) }
    }

    #[inline(always)]
    unsafe fn add(a: Floats, b: Floats) -> Floats {
        unsafe { both!(|h| _mm256_add_ps(a[h], b[h])) }
    }

    #[inline(always)]
    unsafe fn mul(a: Floats, b: Floats) -> Floats {
        unsafe { both!(|h| _mm256_mul_ps(a[h], b[h])) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Floats, b: Floats, c: Floats) -> Floats {
        unsafe { both!(|h| _mm256_fmadd_ps(a[h], b[h], c[h])) }
    }

    #[inline(always)]
    unsafe fn mul_sub(a: Floats, b: Floats, c: Floats) -> Floats {
        unsafe { both!(|h| _mm256_fnmadd_ps(a[h], b[h], c[h])) }
    }
}
