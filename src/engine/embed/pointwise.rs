//! What happens to single values and rows between the products: norms,
//! activations, and their exponential.

use super::simd::{Lanes, Level, fused};

/// `e^x` for `x` of at most 88, within 2 units in the last place; below -87 it
/// stays at `e^-87`, which is nothing beside 1.
#[inline(always)]
pub fn exp<const FUSED: bool>(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x > -87.0 { x } else { -87.0 };
    let shifted = fused::<FUSED>(x, std::f32::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    // ln 2 in two parts, the first exact in few bits.
    let rest = fused::<FUSED>(whole, -0.693_359_4, x);
    let rest = fused::<FUSED>(whole, 2.121_944_4e-4, rest);
    // Taylor's series: |rest| is at most ln 2 / 2.
    let mut p = 1.0 / 5040.0;
    for term in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = fused::<FUSED>(p, rest, term);
    }
    p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1f32.to_bits()))
}

/// `x Φ(x)` with the error function, within 1e-6: Abramowitz and Stegun's 7.1.26
/// for `erfc(|x| / √2)`.
#[inline(always)]
fn gelu<const FUSED: bool>(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / fused::<FUSED>(z, 0.327_591_1, 1.0);
    let mut p = 1.061_405_4;
    for term in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = fused::<FUSED>(p, t, term);
    }
    let tail = 0.5 * x * (p * t) * exp::<FUSED>(-z * z);
    if x > 0.0 { x - tail } else { tail }
}

/// `x / (1 + e^-x)`.
#[inline(always)]
fn silu<const FUSED: bool>(x: f32) -> f32 {
    let x = if x > -87.0 { x } else { -87.0 };
    x / (1.0 + exp::<FUSED>(-x))
}

/// Layer norm's weight and bias.
pub struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub epsilon: f32,
}

impl Norm {
    /// Each row of `x` becomes `norm(x + y)`; `y` is of as many rows.
    pub fn add(&self, level: Level, x: &mut [f32], y: &[f32]) {
        assert_eq!(x.len(), y.len());
        level.run(AddNorm { norm: self, x, y });
    }
}

struct AddNorm<'a> {
    norm: &'a Norm,
    x: &'a mut [f32],
    y: &'a [f32],
}

impl Lanes for AddNorm<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Norm { weight, bias, epsilon } = self.norm;
        let size = weight.len();
        for (x, y) in self.x.chunks_exact_mut(size).zip(self.y.chunks_exact(size)) {
            for (x, y) in x.iter_mut().zip(y) {
                *x += y;
            }
            let mean = sum(x, |x| x) / size as f32;
            let variance = sum(x, |x| (x - mean) * (x - mean)) / size as f32;
            let scale = 1.0 / (variance + epsilon).sqrt();
            for ((x, w), b) in x.iter_mut().zip(weight).zip(bias) {
                *x = fused::<FUSED>((*x - mean) * scale, *w, *b);
            }
        }
    }
}

/// Sums in sixteen lanes, which the compiler may not do to a plain loop.
#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0f32; 16];
    let chunks = row.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().map(|x| of(*x)).sum();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += of(*x);
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// `x = gelu(x)`.
pub struct Gelu<'a>(pub &'a mut [f32]);

impl Lanes for Gelu<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for x in self.0 {
            *x = gelu::<FUSED>(*x);
        }
    }
}

/// `x = x * silu(gate)`.
pub struct Gate<'a> {
    pub x: &'a mut [f32],
    pub gate: &'a [f32],
}

impl Lanes for Gate<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (x, gate) in self.x.iter_mut().zip(self.gate) {
            *x *= silu::<FUSED>(*gate);
        }
    }
}

/// Adds a bias to each row.
pub struct AddBias<'a> {
    pub x: &'a mut [f32],
    pub bias: &'a [f32],
}

impl Lanes for AddBias<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for row in self.x.chunks_exact_mut(self.bias.len()) {
            for (x, b) in row.iter_mut().zip(self.bias) {
                *x += b;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    struct Exp<'a>(&'a mut [f32]);

    impl Lanes for Exp<'_> {
        #[inline(always)]
        fn run<const FUSED: bool>(self) {
            for x in self.0 {
                *x = exp::<FUSED>(*x);
            }
        }
    }

    #[test]
    fn activations_are_what_they_should_be_at_every_level() {
        let inputs: Vec<f32> = (-4000..=4000).map(|i| i as f32 * 0.01).collect();
        for &level in Level::available() {
            let mut found = inputs.clone();
            level.run(Gelu(&mut found));
            for (x, y) in inputs.iter().zip(&found) {
                let expected = exact_gelu(f64::from(*x));
                assert!((f64::from(*y) - expected).abs() <= 1e-6, "{level:?} gelu {x}: {y}");
            }
            let mut found = inputs.clone();
            level.run(Exp(&mut found));
            for (x, y) in inputs.iter().zip(&found) {
                let expected = f64::from(*x).exp();
                let error = (f64::from(*y) - expected).abs() / expected;
                assert!(error <= 2.5e-7, "{level:?} exp {x}: {y}");
            }
            let mut found = vec![1.0; inputs.len()];
            level.run(Gate { x: &mut found, gate: &inputs });
            for (x, y) in inputs.iter().zip(&found) {
                let x = f64::from(*x);
                let expected = x / (1.0 + (-x).exp());
                assert!((f64::from(*y) - expected).abs() <= 1e-6 * x.abs().max(1.0), "{x}: {y}");
            }
        }
        let mut far = [-1e30, -200.0, 200.0, 1e30, f32::INFINITY];
        Level::best().run(Gelu(&mut far));
        assert_eq!(far, [0.0, 0.0, 200.0, 1e30, f32::INFINITY]);
    }

    #[test]
    fn a_norm_centres_and_scales() {
        let size = 37;
        let norm = Norm {
            weight: (0..size).map(|i| 1.0 + i as f32 * 0.01).collect(),
            bias: (0..size).map(|i| i as f32 * 0.1).collect(),
            epsilon: 1e-12,
        };
        let x: Vec<f32> = (0..2 * size).map(|i| (i * 31 % 17) as f32).collect();
        let y: Vec<f32> = (0..2 * size).map(|i| (i * 7 % 5) as f32 * 0.5).collect();
        for &level in Level::available() {
            let mut found = x.clone();
            norm.add(level, &mut found, &y);
            for row in 0..2 {
                let sum: Vec<f64> =
                    (row * size..(row + 1) * size).map(|i| f64::from(x[i] + y[i])).collect();
                let mean = sum.iter().sum::<f64>() / size as f64;
                let variance =
                    sum.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / size as f64;
                for (i, x) in sum.iter().enumerate() {
                    let expected = (x - mean) / variance.sqrt() * f64::from(norm.weight[i])
                        + f64::from(norm.bias[i]);
                    assert!((f64::from(found[row * size + i]) - expected).abs() < 1e-5);
                }
            }
        }
    }
}
