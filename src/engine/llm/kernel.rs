//! Our own dot products of quantised blocks, where candle has only a portable
//! loop.
//!
//! Q4_1 is the format of the smallest default model, and its dot product was
//! nearly all of the time of a token (CHANGELOG has the figures).

use candle_core::quantized::k_quants::{BlockQ4_1, BlockQ8_1, GgmlType};

/// A dot product of `n` elements: weight blocks, activation blocks.
pub type Dot<T> = fn(usize, &[T], &[<T as GgmlType>::VecDotType]) -> f32;

/// The fastest dot product of Q4_1 weights that this processor has.
pub fn q4_1() -> Dot<BlockQ4_1> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("fma")
        && std::arch::is_x86_feature_detected!("f16c")
    {
        return |_, weights, activations| {
            // SAFETY: the features were detected above.
            unsafe { q4_1_avx2(weights, activations) }
        };
    }
    BlockQ4_1::vec_dot
}

/// Sum over blocks of `d_w d_x (q_w · q_x) + m_w s_x`, the definition of ggml's
/// Q4_1 by Q8_1. Integer sums are exact; the blocks are added in f32.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn q4_1_avx2(weights: &[BlockQ4_1], activations: &[BlockQ8_1]) -> f32 {
    use std::arch::x86_64::*;

    // The fields of candle's blocks are private; both are `repr(C)`: two f16,
    // then the quants.
    const { assert!(size_of::<BlockQ4_1>() == 20 && size_of::<BlockQ8_1>() == 36) };
    let nibble = _mm_set1_epi8(15);
    let ones = _mm256_set1_epi16(1);
    let mut sum = _mm256_setzero_ps();
    let mut offsets = _mm_setzero_ps();
    for (w, x) in weights.iter().zip(activations) {
        let (w, x) = ((&raw const *w).cast::<u8>(), (&raw const *x).cast::<u8>());
        // SAFETY: a block of weights has 4 + 16 bytes, one of activations 4 + 32.
        let (pairs, packed, quants) = unsafe {
            let pair = |p: *const u8| u64::from(p.cast::<u32>().read_unaligned());
            (
                pair(w) | pair(x) << 32,
                _mm_loadu_si128(w.add(4).cast()),
                _mm256_loadu_si256(x.add(4).cast()),
            )
        };
        // [d_w, m_w, d_x, s_x] times itself turned by half: d_w d_x and m_w s_x.
        let scales = _mm_cvtph_ps(_mm_cvtsi64_si128(pairs.cast_signed()));
        let products = _mm_mul_ps(scales, _mm_movehl_ps(scales, scales));
        offsets = _mm_add_ps(offsets, products);
        let low = _mm_and_si128(packed, nibble);
        let high = _mm_and_si128(_mm_srli_epi16::<4>(packed), nibble);
        // Pairs of at most 15 * 127 fit into 16 bits.
        let dots = _mm256_maddubs_epi16(_mm256_set_m128i(high, low), quants);
        let dots = _mm256_cvtepi32_ps(_mm256_madd_epi16(dots, ones));
        sum = _mm256_fmadd_ps(dots, _mm256_broadcastss_ps(products), sum);
    }
    let half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps::<1>(sum));
    let half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    let total = _mm_add_ss(half, _mm_shuffle_ps::<1>(half, half));
    _mm_cvtss_f32(total) + _mm_cvtss_f32(_mm_shuffle_ps::<1>(offsets, offsets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the sum in f64 over the same blocks: the f32 sums over up to
        /// 64 blocks stay within 1e-5 of the terms' magnitudes.
        #[test]
        fn q4_1_equals_its_definition(values in prop::collection::vec(-4.0f32..4.0, 64 * 32), blocks in 1usize..64) {
            let n = blocks * 32;
            let mut weights = vec![BlockQ4_1::zeros(); blocks];
            BlockQ4_1::from_float(&values[..n], &mut weights);
            let turned: Vec<f32> = values[..n].iter().rev().map(|v| v * 1.7 - 0.3).collect();
            let mut activations = vec![BlockQ8_1::zeros(); blocks];
            BlockQ8_1::from_float(&turned, &mut activations);
            let mut plain = vec![0.0; n];
            BlockQ4_1::to_float(&weights, &mut plain);
            let reference = BlockQ4_1::vec_dot(n, &weights, &activations);
            let magnitude: f32 = plain.iter().zip(&turned).map(|(a, b)| (a * b).abs()).sum();
            let ours = q4_1()(n, &weights, &activations);
            prop_assert!((ours - reference).abs() <= 1e-5 * magnitude + 1e-4, "{ours} {reference}");
        }
    }
}
