//! Fits text into a number of tokens, saying what was cut.

use std::ops::Range;

use crate::engine::{EngineError, Llm};

use super::ToolOutput;

/// What was left out of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub what: String,
    pub tokens: usize,
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} tokens)", self.what, self.tokens)
    }
}

/// Keeps the pieces of a list, in order of importance, that fit together into
/// `limit` tokens; returns whether each was kept, and what was cut. A piece
/// that does not fit is passed over, so a smaller one after it may be kept.
pub fn choose(
    llm: &dyn Llm,
    pieces: &[(String, String)],
    limit: usize,
) -> Result<(Vec<bool>, Vec<Cut>), EngineError> {
    let mut used = 0;
    let mut kept = Vec::with_capacity(pieces.len());
    let mut cuts = Vec::new();
    for (what, text) in pieces {
        let tokens = llm.count(text)?;
        let fits = used + tokens <= limit;
        if fits {
            used += tokens;
        } else {
            cuts.push(Cut { what: what.clone(), tokens });
        }
        kept.push(fits);
    }
    Ok((kept, cuts))
}

/// The longest run of whole lines from the start of `text` within `limit`
/// tokens, with the number of lines left out.
pub fn head(llm: &dyn Llm, text: &str, limit: usize) -> Result<(String, usize), EngineError> {
    if llm.count(text)? <= limit {
        return Ok((text.to_owned(), 0));
    }
    let lines: Vec<&str> = text.lines().collect();
    // Counting is not additive over lines, so search for the longest that fits.
    let (mut low, mut high) = (0, lines.len());
    while low < high {
        let middle = (low + high).div_ceil(2);
        if llm.count(&lines[..middle].join("\n"))? <= limit {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok((lines[..low].join("\n"), lines.len() - low))
}

/// Splits a listing into pages of whole rows, each within `limit` tokens but
/// for a row that is longer by itself, and returns the rows of one page, which
/// counts from 1, and its number. Past the end there are no rows, and the number is
/// that of the last page. The pages before it are filled in the same way, so equal
/// calls give equal pages.
pub fn page(
    llm: &dyn Llm,
    output: &ToolOutput,
    page: usize,
    limit: usize,
) -> Result<(Range<usize>, usize), EngineError> {
    let rows = output.rows.len();
    let mut from = 0;
    for number in 1..=page.max(1) {
        // Counting is not additive over rows, so search for the most that fit.
        let (mut low, mut high) = ((from + 1).min(rows), rows);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if llm.count(output.part(from..middle).0)? <= limit {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        let wanted = number == page.max(1);
        if wanted || low == rows {
            return Ok((if wanted { from..low } else { rows..rows }, number));
        }
        from = low;
    }
    Ok((rows..rows, page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::scripted::Scripted;

    #[test]
    fn what_does_not_fit_is_cut_and_said() {
        let llm = Scripted::new(false);
        let piece = |n: usize| (format!("p{n}"), "x".repeat(n * 4));
        let (kept, cuts) = choose(&llm, &[piece(5), piece(50), piece(4)], 10).unwrap();
        assert_eq!(kept, [true, false, true]);
        assert_eq!(cuts, [Cut { what: "p50".into(), tokens: 50 }]);
    }

    #[test]
    fn pages_are_whole_rows_and_cover_the_listing_once() {
        let llm = Scripted::new(false);
        let mut output = ToolOutput::default();
        for n in 0..7 {
            output.row(&format!("row {n}\n    {}", "x".repeat(8 * n)), None);
        }
        let mut shown = 0;
        for n in 1..20 {
            let (rows, number) = page(&llm, &output, n, 15).unwrap();
            if rows.is_empty() {
                assert_eq!((rows.start, shown, number), (7, 7, n - 1));
                assert_eq!(page(&llm, &output, 1000, 15).unwrap(), (rows, n - 1));
                return;
            }
            assert_eq!(number, n);
            assert_eq!(rows.start, shown);
            let (text, _) = output.part(rows.clone());
            assert!(text.starts_with(&format!("row {shown}")), "{text}");
            // Only a row that is too long by itself goes beyond.
            assert!(llm.count(text).unwrap() <= 15 || rows.len() == 1, "{text}");
            assert_eq!(page(&llm, &output, n, 15).unwrap().0, rows, "equal calls, equal pages");
            shown = rows.end;
        }
        panic!("the pages never end");
    }

    #[test]
    fn the_head_of_a_text_is_whole_lines() {
        let llm = Scripted::new(false);
        let text = "aaaa\nbbbb\ncccc\ndddd";
        assert_eq!(head(&llm, text, 100).unwrap(), (text.to_owned(), 0));
        assert_eq!(head(&llm, text, 3).unwrap(), ("aaaa\nbbbb".to_owned(), 2));
    }
}
