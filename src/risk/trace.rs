//! Traces fixes to the changes that brought in the lines they remove (the SZZ algorithm:
//! Śliwerski, Zimmermann and Zeller 2005).
//!
//! Instead of asking git who wrote each line, which takes a process for each file of each
//! fix, the changes are replayed: every file is a list of the change that brought in each
//! of its lines. Comments, imports, blank lines, tests and lines that were only indented
//! anew do not count, nor do fixes so large that they are more than a fix.

use std::collections::HashMap;

use super::data::DATA;
use super::past::Delta;

/// Lines of a file that are followed; one with more is not.
const LINES: usize = 100_000;
/// A line from before the first change that was read.
const UNKNOWN: (u32, u32) = (u32::MAX, 0);

/// When changes turned out to need a fix.
#[derive(Debug, Default)]
pub struct Faults {
    /// For each change and each of its files, the number of the first fix that removed
    /// a line of it.
    fixed: HashMap<(u32, u32), u32>,
}

impl Faults {
    /// Replays the changes, the oldest first.
    pub(super) fn trace(past: &[Delta]) -> Self {
        let mut faults = Self::default();
        let mut files: HashMap<String, Vec<(u32, u32)>> = HashMap::new();
        for (n, delta) in (0..).zip(past) {
            let counted = is_counted(delta);
            for (m, file) in (0..).zip(&delta.files) {
                let before = file.old_path.as_ref().unwrap_or(&file.path);
                let mut lines = files.remove(before).unwrap_or_default();
                // Binary, or not in this clone: nobody knows which lines are still there.
                if file.cuts.is_empty() && file.old_path.is_none() {
                    lines.clear();
                }
                for cut in &file.cuts {
                    let (at, end) = (cut.at as usize, cut.at as usize + cut.removed as usize);
                    if end.max(at + cut.added as usize) > LINES {
                        lines.clear();
                        break;
                    }
                    if lines.len() < end {
                        lines.resize(end, UNKNOWN);
                    }
                    if counted {
                        for line in cut.live.iter().filter(|l| !is_same(cut, **l)) {
                            let origin = lines[at + *line as usize];
                            if origin != UNKNOWN && past[origin.0 as usize].is_lesson() {
                                faults.fixed.entry(origin).or_insert(n);
                            }
                        }
                    }
                    let mut new = vec![(n, m); cut.added as usize];
                    for (old, kept) in &cut.same {
                        new[*kept as usize] = lines[at + *old as usize];
                    }
                    lines.splice(at..end, new);
                }
                if !file.gone {
                    files.insert(file.path.clone(), lines);
                }
            }
        }
        faults
    }

    /// Whether a fix before the change of number `until` removed lines that `file` of
    /// `change` had brought in.
    pub fn file(&self, change: usize, file: usize, until: usize) -> bool {
        let fixed = self.fixed.get(&(change as u32, file as u32));
        fixed.is_some_and(|fix| (*fix as usize) < until)
    }

    /// Seconds from each faulty file of a change to its first fix before `until`, in
    /// ascending order.
    pub(super) fn delays(&self, past: &[Delta], until: usize) -> Vec<i64> {
        let known = self.fixed.iter().filter(|(_, fix)| (**fix as usize) < until);
        let delay = |(origin, fix): (&(u32, u32), &u32)| {
            past[*fix as usize].time - past[origin.0 as usize].time
        };
        let mut delays: Vec<i64> = known.map(delay).collect();
        delays.sort_unstable();
        delays
    }
}

/// Whether a change is a fix that is traced.
fn is_counted(delta: &Delta) -> bool {
    let live = |file: &&super::past::FileDelta| file.cuts.iter().any(|c| !c.live.is_empty());
    let lines: usize = delta.files.iter().flat_map(|f| &f.cuts).map(|c| c.live.len()).sum();
    let files = delta.files.iter().filter(live).count();
    delta.fix && delta.is_lesson() && files <= DATA.trace.max_files && lines <= DATA.trace.max_lines
}

fn is_same(cut: &super::past::Cut, line: u32) -> bool {
    cut.same.iter().any(|(old, _)| *old == line)
}
