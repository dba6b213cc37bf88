//! Rotary positions.

/// Cosines and sines of each position, `[position][head / 2]`.
pub struct Rotary {
    half: usize,
    interleaved: bool,
    turns: Vec<(f32, f32)>,
}

impl Rotary {
    pub fn new(head: usize, base: f64, interleaved: bool, positions: usize) -> Self {
        let half = head / 2;
        let turns = (0..positions * half).map(|i| {
            let speed = base.powf(-2.0 * (i % half) as f64 / head as f64);
            let angle = (i / half) as f64 * speed;
            (angle.cos() as f32, angle.sin() as f32)
        });
        Self { half, interleaved, turns: turns.collect() }
    }

    /// Turns the heads of a row of queries or keys at a position.
    pub fn turn(&self, row: &mut [f32], position: usize) {
        let turns = &self.turns[position * self.half..][..self.half];
        for head in row.chunks_exact_mut(2 * self.half) {
            for (i, (cosine, sine)) in turns.iter().enumerate() {
                let (a, b) = match self.interleaved {
                    true => (2 * i, 2 * i + 1),
                    false => (i, i + self.half),
                };
                let (x, y) = (head[a], head[b]);
                head[a] = x * cosine - y * sine;
                head[b] = x * sine + y * cosine;
            }
        }
    }
}
