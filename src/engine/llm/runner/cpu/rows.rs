//! Buffers of rows, and work that a team does row by row.

use crate::engine::kernel::Team;

/// Rows below which dividing them costs more than it saves.
const ALONE: usize = 4;

/// A buffer that keeps its memory.
#[derive(Default)]
pub struct Buffer(Vec<f32>);

impl Buffer {
    /// Gives `[rows, width]` elements; what they hold is not said.
    pub fn sized(&mut self, rows: usize, width: usize) -> &mut [f32] {
        self.0.resize(rows * width, 0.0);
        &mut self.0
    }

    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

/// A buffer that threads write to in disjoint pieces.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    data: *mut f32,
    length: usize,
    _buffer: std::marker::PhantomData<&'a mut [f32]>,
}

// SAFETY: only `piece` reaches the data, whose callers keep pieces apart.
unsafe impl Send for Shared<'_> {}
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    pub fn new(buffer: &'a mut [f32]) -> Self {
        let length = buffer.len();
        Self { data: buffer.as_mut_ptr(), length, _buffer: std::marker::PhantomData }
    }

    /// `length` elements from `at` on.
    ///
    /// # Safety
    /// No two pieces that live at the same time overlap.
    pub unsafe fn piece(&self, at: usize, length: usize) -> &'a mut [f32] {
        assert!(at + length <= self.length);
        // SAFETY: within the buffer, and apart from other pieces.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(at), length) }
    }
}

/// Calls `f` with row after row of all matrices, which have so many rows each,
/// divided among the team.
pub fn each_row<const N: usize>(
    team: &Team,
    rows: usize,
    matrices: [&mut [f32]; N],
    f: impl Fn([&mut [f32]; N]) + Sync,
) {
    let shared = matrices.map(|matrix| (matrix.len() / rows.max(1), Shared::new(matrix)));
    let row = |row: usize| {
        // SAFETY: each row is taken once.
        f(shared.map(|(width, buffer)| unsafe { buffer.piece(row * width, width) }));
    };
    divide(team, rows, row);
}

/// Calls `f` with each index, a few at a time on each thread.
pub fn divide(team: &Team, count: usize, f: impl Fn(usize) + Sync) {
    if count < ALONE {
        return (0..count).for_each(f);
    }
    let piece = count.div_ceil(team.threads() * 4);
    team.run(count.div_ceil(piece), |task| {
        (task * piece..((task + 1) * piece).min(count)).for_each(&f);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken_once_with_its_neighbours_of_the_other_buffers() {
        let team = Team::new(3);
        for rows in [0, 1, 3, 4, 50] {
            let mut a = vec![1.0; rows * 2];
            let mut b: Vec<f32> = (0..rows).flat_map(|row| [row as f32; 3]).collect();
            each_row(&team, rows, [&mut a, &mut b], |[a, b]| {
                a.iter_mut().for_each(|a| *a += b[2]);
            });
            let expected: Vec<f32> = (0..rows).flat_map(|row| [1.0 + row as f32; 2]).collect();
            assert_eq!(a, expected);
        }
    }
}
