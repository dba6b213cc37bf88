//! Token vectors to one vector for each text.

use crate::engine::model::Pooling;

/// A text's vector from its tokens', of which there must be one.
pub fn pool(pooling: Pooling, tokens: &[f32], size: usize) -> Vec<f32> {
    match pooling {
        Pooling::Cls => tokens[..size].to_vec(),
        Pooling::Last => tokens[tokens.len() - size..].to_vec(),
        Pooling::Mean => mean(tokens, size),
    }
}

fn mean(tokens: &[f32], size: usize) -> Vec<f32> {
    let mut sum = vec![0f32; size];
    for token in tokens.chunks_exact(size) {
        for (s, t) in sum.iter_mut().zip(token) {
            *s += t;
        }
    }
    for s in &mut sum {
        *s /= (tokens.len() / size) as f32;
    }
    sum
}

/// Scales a vector to length 1; a zero vector stays.
pub fn normalise(vector: &mut [f32]) {
    let norm = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    if norm > 0.0 {
        for x in vector {
            *x = (f64::from(*x) / norm) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_pooling_takes_its_tokens() {
        let tokens = [1f32, 2.0, 3.0, 4.0];
        assert_eq!(pool(Pooling::Mean, &tokens, 2), [2.0, 3.0]);
        assert_eq!(pool(Pooling::Cls, &tokens, 2), [1.0, 2.0]);
        assert_eq!(pool(Pooling::Last, &tokens, 2), [3.0, 4.0]);
    }

    #[test]
    fn a_zero_vector_stays() {
        let mut vector = [3.0, 4.0];
        normalise(&mut vector);
        assert_eq!(vector, [0.6, 0.8]);
        normalise(&mut [0.0, 0.0]);
    }
}
