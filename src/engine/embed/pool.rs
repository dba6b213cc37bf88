//! Token vectors to one vector for each text.

use candle_core::{Result, Tensor};

use crate::engine::model::Pooling;

/// Vectors from token vectors (texts, width, dimensions) and mask (texts, width).
/// Padding is on the right.
pub fn pool(pooling: Pooling, hidden: &Tensor, mask: &Tensor) -> Result<Vec<Vec<f32>>> {
    let hidden = hidden.to_vec3::<f32>()?;
    let mask = mask.to_vec2::<u32>()?;
    Ok(hidden
        .iter()
        .zip(&mask)
        .map(|(tokens, mask)| {
            let length = mask.iter().filter(|&&m| m != 0).count().clamp(1, tokens.len());
            match pooling {
                Pooling::Cls => tokens[0].clone(),
                Pooling::Last => tokens[length - 1].clone(),
                Pooling::Mean => mean(&tokens[..length]),
            }
        })
        .collect())
}

fn mean(tokens: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = vec![0f32; tokens[0].len()];
    for token in tokens {
        for (s, t) in sum.iter_mut().zip(token) {
            *s += t;
        }
    }
    for s in &mut sum {
        *s /= tokens.len() as f32;
    }
    sum
}

/// Scales each vector to length 1; a zero vector stays.
pub fn normalise(vectors: &mut [Vec<f32>]) {
    for vector in vectors {
        let norm = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
        if norm > 0.0 {
            for x in vector {
                *x = (f64::from(*x) / norm) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn padding_never_counts() {
        let hidden =
            Tensor::new(&[[[1f32, 2.0], [3.0, 4.0], [100.0, 100.0]]], &Device::Cpu).unwrap();
        let mask = Tensor::new(&[[1u32, 1, 0]], &Device::Cpu).unwrap();
        let of = |pooling| pool(pooling, &hidden, &mask).unwrap().remove(0);
        assert_eq!(of(Pooling::Mean), [2.0, 3.0]);
        assert_eq!(of(Pooling::Cls), [1.0, 2.0]);
        assert_eq!(of(Pooling::Last), [3.0, 4.0]);
        let mut vectors = vec![of(Pooling::Last), vec![0.0, 0.0]];
        normalise(&mut vectors);
        assert_eq!(vectors, [[0.6, 0.8], [0.0, 0.0]]);
    }
}
