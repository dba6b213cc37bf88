//! What happens to single values and rows between the products. Rows are whole
//! sixteens, which [`super::shape`] makes sure of.

use candle_core::Result;

use super::weights::Weights;
use crate::engine::kernel::lanes::{LANES, Lanes, dispatch};

/// Layer norm's weight and bias.
pub struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub epsilon: f32,
}

impl Norm {
    /// Reads the two tensors.
    pub fn read(weights: &Weights, size: usize, epsilon: f64) -> Result<Self> {
        Ok(Self {
            weight: weights.read("weight", &[size])?.into_owned(),
            bias: weights.read("bias", &[size])?.into_owned(),
            epsilon: epsilon as f32,
        })
    }
}

dispatch! {
    /// Each row of `x` becomes `norm(x + y)` (Ba et al., 2016, arXiv:1607.06450).
    pub fn add_norm = add_norm_body(norm: &Norm, x: &mut [f32], y: &[f32])
}

dispatch! {
    /// Adds a bias to each row.
    pub fn add_bias = add_bias_body(x: &mut [f32], bias: &[f32])
}

dispatch! {
    /// `x = x Φ(x)` with the error function, within 1e-6.
    pub fn gelu = gelu_body(x: &mut [f32])
}

#[inline(always)]
unsafe fn add_norm_body<L: Lanes>(norm: &Norm, x: &mut [f32], y: &[f32]) {
    let size = norm.weight.len();
    let weight = norm.weight.as_chunks::<LANES>().0.iter().zip(norm.bias.as_chunks::<LANES>().0);
    for (x, y) in x.chunks_exact_mut(size).zip(y.chunks_exact(size)) {
        let x = x.as_chunks_mut::<LANES>().0;
        // SAFETY: pointers are to arrays of sixteen.
        unsafe {
            let mut sum = L::splat(0.0);
            for (x, y) in x.iter_mut().zip(y.as_chunks::<LANES>().0) {
                let both = L::load(x.as_ptr()).add(L::load(y.as_ptr()));
                both.store(x.as_mut_ptr());
                sum = sum.add(both);
            }
            let mean = L::splat(sum.sum() / size as f32);
            let mut squares = L::splat(0.0);
            for x in x.iter() {
                let off = L::load(x.as_ptr()).sub(mean);
                squares = off.fma(off, squares);
            }
            let scale = L::splat(1.0 / (squares.sum() / size as f32 + norm.epsilon).sqrt());
            for (x, (weight, bias)) in x.iter_mut().zip(weight.clone()) {
                let unit = L::load(x.as_ptr()).sub(mean).mul(scale);
                unit.fma(L::load(weight.as_ptr()), L::load(bias.as_ptr())).store(x.as_mut_ptr());
            }
        }
    }
}

#[inline(always)]
unsafe fn add_bias_body<L: Lanes>(x: &mut [f32], bias: &[f32]) {
    for row in x.chunks_exact_mut(bias.len()) {
        let bias = bias.as_chunks::<LANES>().0;
        for (x, bias) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(bias) {
            // SAFETY: pointers are to arrays of sixteen.
            unsafe { L::load(x.as_ptr()).add(L::load(bias.as_ptr())).store(x.as_mut_ptr()) };
        }
    }
}

/// By `erfc(|x| / √2)` of Abramowitz and Stegun, 7.1.26.
#[inline(always)]
unsafe fn gelu_body<L: Lanes>(x: &mut [f32]) {
    for x in x.as_chunks_mut::<LANES>().0 {
        // SAFETY: pointers are to arrays of sixteen.
        unsafe {
            let value = L::load(x.as_ptr());
            let zero = L::splat(0.0);
            let size = value.max(zero.sub(value));
            let z = size.mul(L::splat(std::f32::consts::FRAC_1_SQRT_2));
            let one = L::splat(1.0);
            let t = one.div(z.fma(L::splat(0.327_591_1), one));
            let mut p = L::splat(1.061_405_4);
            for term in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
                p = p.fma(t, L::splat(term));
            }
            let decay = z.mul(z).mul(L::splat(-std::f32::consts::LOG2_E)).exp2();
            // Half of erfc: what the normal distribution has beyond |x|.
            let beyond = p.mul(t).mul(decay).mul(L::splat(0.5));
            // x - x beyond for positive x, x beyond for negative.
            value.max(zero).sub(size.mul(beyond)).store(x.as_mut_ptr());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kernel::Level;

    /// The error function by its series, and by its continued fraction for `erfc`.
    fn exact_gelu(x: f64) -> f64 {
        let z = x.abs() / std::f64::consts::SQRT_2;
        let erfc = if z < 3.0 {
            let mut term = z;
            let mut sum = z;
            for n in 1..200 {
                term *= -z * z / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            1.0 - sum * 2.0 / std::f64::consts::PI.sqrt()
        } else {
            let mut fraction = z;
            for n in (1..100).rev() {
                fraction = z + f64::from(n) / 2.0 / fraction;
            }
            (-z * z).exp() / std::f64::consts::PI.sqrt() / fraction
        };
        x * if x > 0.0 { 1.0 - erfc / 2.0 } else { erfc / 2.0 }
    }

    #[test]
    fn gelu_is_what_it_should_be_at_every_level() {
        let inputs: Vec<f32> = (-4000..4000).map(|i| i as f32 * 0.01).collect();
        for level in Level::available() {
            let mut found = inputs.clone();
            gelu(level, &mut found);
            for (x, y) in inputs.iter().zip(&found) {
                let expected = exact_gelu(f64::from(*x));
                assert!((f64::from(*y) - expected).abs() <= 1e-6, "{level:?} {x}: {y}");
            }
            let mut far = [0.0; LANES];
            far[..4].copy_from_slice(&[-1e30, -200.0, 200.0, 1e30]);
            gelu(level, &mut far);
            assert_eq!([far[0], far[2], far[3]], [0.0, 200.0, 1e30], "{level:?}");
            assert!(far[1].abs() < 1e-30, "{level:?}: {}", far[1]);
        }
    }

    #[test]
    fn a_norm_centres_and_scales() {
        let size = 48;
        let norm = Norm {
            weight: (0..size).map(|i| 1.0 + i as f32 * 0.01).collect(),
            bias: (0..size).map(|i| i as f32 * 0.1).collect(),
            epsilon: 1e-12,
        };
        let x: Vec<f32> = (0..2 * size).map(|i| (i * 31 % 17) as f32).collect();
        let y: Vec<f32> = (0..2 * size).map(|i| (i * 7 % 5) as f32 * 0.5).collect();
        for level in Level::available() {
            let mut found = x.clone();
            add_norm(level, &norm, &mut found, &y);
            for row in 0..2 {
                let sum: Vec<f64> =
                    (row * size..(row + 1) * size).map(|i| f64::from(x[i] + y[i])).collect();
                let mean = sum.iter().sum::<f64>() / size as f64;
                let variance = sum.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / size as f64;
                for (i, x) in sum.iter().enumerate() {
                    let expected = (x - mean) / variance.sqrt() * f64::from(norm.weight[i])
                        + f64::from(norm.bias[i]);
                    assert!((f64::from(found[row * size + i]) - expected).abs() < 1e-5);
                }
            }
        }
    }
}
