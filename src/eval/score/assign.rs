//! One-to-one assignment: as many pairs as possible, and among those the most
//! similar ones.

/// Pairs rows with columns. `weights[row][column]` is the similarity of a pair that
/// may be made, within -1 to 1, and `None` for one that may not; all rows have the
/// same length. The number of pairs is the largest possible, then the sum of their
/// similarities is. Returns pairs of row and column, sorted.
pub(super) fn assign(weights: &[Vec<Option<f64>>]) -> Vec<(usize, usize)> {
    let columns = weights.first().map_or(0, Vec::len);
    // Square: a row or column that stays alone is paired with one that costs 0.
    let size = weights.len().max(columns);
    // One more pair is worth more than any sum of similarities.
    let pair = 2.0 * (size as f64 + 1.0);
    let cost = |row: usize, column: usize| -> f64 {
        let weight = weights.get(row).and_then(|r| r.get(column)).copied().flatten();
        weight.map_or(0.0, |w| -(pair + w.clamp(-1.0, 1.0)))
    };
    let mut pairs = hungarian(size, &cost);
    pairs.retain(|(row, column)| cost(*row, *column) < 0.0);
    pairs.sort_unstable();
    pairs
}

/// The cheapest assignment of a square matrix: rows are added one by one along
/// the cheapest augmenting path, with potentials that keep reduced costs at or
/// above zero (Kuhn and Munkres).
fn hungarian(size: usize, cost: &dyn Fn(usize, usize) -> f64) -> Vec<(usize, usize)> {
    let mut row_potential = vec![0.0; size];
    let mut column_potential = vec![0.0; size];
    let mut row_of: Vec<Option<usize>> = vec![None; size];
    for row in 0..size {
        let mut least = vec![f64::INFINITY; size];
        // The column before on the path; `None` for the new row itself.
        let mut came_from: Vec<Option<usize>> = vec![None; size];
        let mut done = vec![false; size];
        let (mut at, mut at_row) = (None, row);
        let free = loop {
            let mut next: Option<usize> = None;
            for column in (0..size).filter(|c| !done[*c]) {
                let reduced =
                    cost(at_row, column) - row_potential[at_row] - column_potential[column];
                if reduced < least[column] {
                    least[column] = reduced;
                    came_from[column] = at;
                }
                if next.is_none_or(|n| least[column] < least[n]) {
                    next = Some(column);
                }
            }
            // There are as many columns as rows, so one is always left.
            let Some(column) = next else { return Vec::new() };
            let step = least[column];
            row_potential[row] += step;
            for other in 0..size {
                if done[other] {
                    column_potential[other] -= step;
                    if let Some(r) = row_of[other] {
                        row_potential[r] += step;
                    }
                } else {
                    least[other] -= step;
                }
            }
            done[column] = true;
            match row_of[column] {
                None => break column,
                Some(r) => (at, at_row) = (Some(column), r),
            }
        };
        let mut column = free;
        while let Some(before) = came_from[column] {
            row_of[column] = row_of[before];
            column = before;
        }
        row_of[column] = Some(row);
    }
    let pair = |(column, row): (usize, &Option<usize>)| row.map(|row| (row, column));
    row_of.iter().enumerate().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn more_pairs_win_over_more_similar_ones() {
        // The first row is most like the first column, which is all that the second
        // row may take.
        let weights = vec![vec![Some(0.9), Some(0.1)], vec![Some(0.2), None]];
        assert_eq!(assign(&weights), [(0, 1), (1, 0)]);
    }

    #[test]
    fn of_equally_many_pairs_the_similar_ones_win() {
        let weights = vec![vec![Some(0.4), Some(0.6)], vec![Some(0.5), Some(0.9)]];
        assert_eq!(assign(&weights), [(0, 0), (1, 1)]);
        let duplicates = vec![vec![Some(0.7)], vec![Some(0.8)], vec![None]];
        assert_eq!(assign(&duplicates), [(1, 0)]);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(assign(&[]).is_empty());
        assert!(assign(&[vec![], vec![]]).is_empty());
        assert!(assign(&[vec![None, None]]).is_empty());
    }

    /// The best by trying all: number of pairs, then sum.
    fn best(weights: &[Vec<Option<f64>>], row: usize, used: &mut Vec<bool>) -> (usize, f64) {
        let Some(options) = weights.get(row) else { return (0, 0.0) };
        let mut found = best(weights, row + 1, used);
        for (column, weight) in options.iter().enumerate() {
            let Some(weight) = weight.filter(|_| !used[column]) else { continue };
            used[column] = true;
            let (pairs, sum) = best(weights, row + 1, used);
            used[column] = false;
            let one = (pairs + 1, sum + weight);
            if one.0 > found.0 || (one.0 == found.0 && one.1 > found.1) {
                found = one;
            }
        }
        found
    }

    proptest! {
        #[test]
        fn the_assignment_is_the_best_of_all(
            (rows, columns, cells) in (0..6usize, 0..6usize).prop_flat_map(|(r, c)| {
                let cells = prop::collection::vec(prop::option::of(0..1000i32), r * c);
                (Just(r), Just(c), cells)
            })
        ) {
            let weights: Vec<Vec<Option<f64>>> = (0..rows)
                .map(|r| (0..columns).map(|c| cells[r * columns + c].map(|v| f64::from(v) / 1000.0)).collect())
                .collect();
            let pairs = assign(&weights);
            let sum: f64 = pairs.iter().map(|(r, c)| weights[*r][*c].unwrap()).sum();
            let (count, expected) = best(&weights, 0, &mut vec![false; columns]);
            prop_assert_eq!(pairs.len(), count);
            prop_assert!((sum - expected).abs() < 1e-9, "{} {}", sum, expected);
        }
    }
}
