//! What happens to each row between the products: normalisation, rotation,
//! activation, sums.
//!
//! Every function takes one row, so the result cannot depend on other rows.

use super::lanes::{LANES, Lanes, dispatch};

dispatch! {
    /// `to = x / rms(x) * weight` (Zhang and Sennrich, 2019, arXiv:1910.07467);
    /// all three of one length.
    pub fn rms_norm = rms_norm_body(x: &[f32], weight: &[f32], epsilon: f32, to: &mut [f32])
}

dispatch! {
    /// `x += y`.
    pub fn add = add_body(x: &mut [f32], y: &[f32])
}

dispatch! {
    /// `gate = silu(gate) * up` (Shazeer, 2020, arXiv:2002.05202).
    pub fn swiglu = swiglu_body(gate: &mut [f32], up: &[f32])
}

dispatch! {
    /// `x += y * by`.
    pub fn add_scaled = add_scaled_body(x: &mut [f32], y: &[f32], by: f32)
}

/// Which elements of a head are rotated together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RopeStyle {
    /// Neighbours: (0, 1), (2, 3)...
    Interleaved,
    /// Halves: (0, n/2), (1, n/2 + 1)...
    Halves,
}

/// Rotates one head (Su et al., 2021, arXiv:2104.09864); `cos` and `sin` have
/// half its length.
pub fn rotate(head: &mut [f32], style: RopeStyle, cos: &[f32], sin: &[f32]) {
    match style {
        RopeStyle::Halves => {
            let (low, high) = head.split_at_mut(cos.len());
            for (((a, b), c), s) in low.iter_mut().zip(high).zip(cos).zip(sin) {
                (*a, *b) = (*a * c - *b * s, *b * c + *a * s);
            }
        }
        RopeStyle::Interleaved => {
            for ((pair, c), s) in head.as_chunks_mut::<2>().0.iter_mut().zip(cos).zip(sin) {
                let [a, b] = *pair;
                *pair = [a * c - b * s, b * c + a * s];
            }
        }
    }
}

/// Loads up to sixteen elements, zeros behind them.
#[inline(always)]
unsafe fn part<L: Lanes>(x: &[f32]) -> L {
    if x.len() >= LANES {
        return unsafe { L::load(x.as_ptr()) };
    }
    let mut lanes = [0.0; LANES];
    lanes[..x.len()].copy_from_slice(x);
    unsafe { L::load(lanes.as_ptr()) }
}

/// Stores the first elements, up to sixteen.
#[inline(always)]
unsafe fn put<L: Lanes>(lanes: L, to: &mut [f32]) {
    if to.len() >= LANES {
        return unsafe { lanes.store(to.as_mut_ptr()) };
    }
    let lanes = unsafe { lanes.to_array() };
    let length = to.len();
    to.copy_from_slice(&lanes[..length]);
}

#[inline(always)]
unsafe fn rms_norm_body<L: Lanes>(x: &[f32], weight: &[f32], epsilon: f32, to: &mut [f32]) {
    unsafe {
        let mut squares = L::splat(0.0);
        for x in x.chunks(LANES) {
            let x = part::<L>(x);
            squares = x.fma(x, squares);
        }
        let scale = L::splat(1.0 / (squares.sum() / x.len() as f32 + epsilon).sqrt());
        for ((x, weight), to) in x.chunks(LANES).zip(weight.chunks(LANES)).zip(to.chunks_mut(LANES))
        {
            put(part::<L>(x).mul(scale).mul(part(weight)), to);
        }
    }
}

#[inline(always)]
unsafe fn add_body<L: Lanes>(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.chunks_mut(LANES).zip(y.chunks(LANES)) {
        unsafe { put(part::<L>(x).add(part(y)), x) };
    }
}

#[inline(always)]
unsafe fn add_scaled_body<L: Lanes>(x: &mut [f32], y: &[f32], by: f32) {
    for (x, y) in x.chunks_mut(LANES).zip(y.chunks(LANES)) {
        unsafe { put(part::<L>(y).fma(L::splat(by), part(x)), x) };
    }
}

#[inline(always)]
unsafe fn swiglu_body<L: Lanes>(gate: &mut [f32], up: &[f32]) {
    unsafe {
        let one = L::splat(1.0);
        for (gate, up) in gate.chunks_mut(LANES).zip(up.chunks(LANES)) {
            let x = part::<L>(gate);
            let decay = x.mul(L::splat(-std::f32::consts::LOG2_E)).exp2();
            put(x.div(one.add(decay)).mul(part(up)), gate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn wave(n: usize, rate: f32) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * rate).sin() * 3.0).collect()
    }

    #[test]
    fn every_level_computes_the_formulas() {
        for level in Level::available() {
            for n in [1, 15, 16, 31, 576] {
                let (x, y, weight) = (wave(n, 0.37), wave(n, 0.11), wave(n, 1.3));
                let square = x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / n as f64;
                let mut normed = vec![0.0; n];
                rms_norm(level, &x, &weight, 1e-5, &mut normed);
                let mut activated = x.clone();
                swiglu(level, &mut activated, &y);
                let mut sum = x.clone();
                add(level, &mut sum, &y);
                let mut scaled = x.clone();
                add_scaled(level, &mut scaled, &y, 0.5);
                for i in 0..n {
                    let (a, b) = (f64::from(x[i]), f64::from(y[i]));
                    let close = |got: f32, expected: f64| {
                        let gap = (f64::from(got) - expected).abs();
                        assert!(
                            gap < 2e-6 * (1.0 + expected.abs()),
                            "{level:?} {n}: {got} {expected}"
                        );
                    };
                    close(normed[i], a / (square + 1e-5).sqrt() * f64::from(weight[i]));
                    close(activated[i], a / (1.0 + (-a).exp()) * b);
                    close(sum[i], a + b);
                    close(scaled[i], a + b * 0.5);
                }
            }
        }
    }

    #[test]
    fn large_gates_neither_overflow_nor_vanish() {
        for level in Level::available() {
            let mut gate = [1e4, -1e4, 200.0, -200.0, 0.0];
            swiglu(level, &mut gate, &[1.0; 5]);
            assert_eq!((gate[0], gate[2], gate[4]), (1e4, 200.0, 0.0), "{level:?}");
            assert!(gate[1].abs() < 1e-30 && gate[3].abs() < 1e-30, "{level:?}: {gate:?}");
        }
    }

    #[test]
    fn rotation_keeps_lengths_and_turns_the_right_pairs() {
        let (sin, cos) = (0.6f32, 0.8f32);
        let mut head = [1.0, 2.0, 3.0, 4.0];
        rotate(&mut head, RopeStyle::Halves, &[cos, 1.0], &[sin, 0.0]);
        assert_eq!(head, [cos - 3.0 * sin, 2.0, 3.0 * cos + sin, 4.0]);
        let mut head = [1.0, 2.0, 3.0, 4.0];
        rotate(&mut head, RopeStyle::Interleaved, &[cos, 1.0], &[sin, 0.0]);
        assert_eq!(head, [cos - 2.0 * sin, 2.0 * cos + sin, 3.0, 4.0]);
    }
}
