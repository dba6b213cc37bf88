//! Turns a change into numbers, as it looked to those who made it: nothing that happened
//! later takes part.
//!
//! The features are those of just-in-time defect prediction (Kamei et al., "A large-scale
//! empirical study of just-in-time quality assurance", IEEE Transactions on Software
//! Engineering 39(6), 2013): diffusion, size, purpose, history and experience; for each
//! file of a change the same with the file's own share. Counts are logarithms of one more.

use std::collections::{BTreeSet, HashMap};

use crate::change::folder;

use super::data::DATA;
use super::past::{Delta, FileDelta};

const DAY: f64 = 86_400.0;
/// Bytes of a line, to turn a size into lines.
const LINE_BYTES: f64 = 35.0;

/// The names of all features, of files and of changes.
pub const NAMES: [&str; 18] = [
    "added",    // lines that do something
    "lines",    // all lines added and removed
    "places",   // runs of changed lines
    "branches", // ways through the code that were added
    "size",     // lines of the file before
    "new",
    "code",          // program code, not settings
    "changes",       // earlier changes of the file, halved with time
    "fixes",         // those that were fixes
    "fixes_recent",  // in the last 90 days
    "age",           // days since the last change
    "author_recent", // the author's changes, quickly halved
    "author_area",   // the author's changes in the same two upper folders
    "files",
    "folders",
    "entropy", // how evenly the lines are spread over the files
    "tests",   // a test is touched
    "fix",     // the message says that it is one
];

/// The features of one file or change, by name; NaN where nothing is known.
pub type Row = Vec<(&'static str, f64)>;

/// A count that halves with time.
#[derive(Debug, Clone, Copy, Default)]
struct Fading {
    value: f64,
    at: i64,
}

impl Fading {
    fn now(&self, time: i64, half_life: f64) -> f64 {
        let days = (time - self.at).max(0) as f64 / DAY;
        self.value * 0.5f64.powf(days / half_life)
    }

    fn add(&mut self, time: i64, half_life: f64) {
        *self = Self { value: self.now(time, half_life) + 1.0, at: time };
    }
}

#[derive(Debug, Clone, Default)]
struct FilePast {
    changes: Fading,
    fixes: Fading,
    count: u32,
    fixed: Vec<i64>,
    last: i64,
}

#[derive(Debug, Clone, Default)]
struct AuthorPast {
    recent: Fading,
    areas: HashMap<String, Fading>,
}

/// What is known of files and authors after some changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    files: HashMap<String, FilePast>,
    authors: HashMap<u64, AuthorPast>,
}

/// A change in numbers.
#[derive(Debug, Clone)]
pub struct Facts {
    pub change: Row,
    /// In the order of the change's files; `None` for a file that fixes are not traced to.
    pub files: Vec<Option<Row>>,
}

impl Memory {
    /// Takes up a change that was made.
    pub fn take(&mut self, delta: &Delta) {
        let rules = &DATA.past;
        for file in &delta.files {
            let before = file.old_path.as_ref().unwrap_or(&file.path);
            let mut past = self.files.remove(before).unwrap_or_default();
            if file.gone {
                continue;
            }
            past.last = delta.time;
            if !delta.outset {
                past.changes.add(delta.time, rules.half_life);
                past.count += 1;
                if delta.fix {
                    past.fixes.add(delta.time, rules.half_life);
                    past.fixed.push(delta.time);
                }
            }
            self.files.insert(file.path.clone(), past);
        }
        let Some(author) = delta.author.filter(|_| !delta.outset) else { return };
        let author = self.authors.entry(author).or_default();
        author.recent.add(delta.time, rules.recent_half_life);
        for area in delta.files.iter().map(|f| area(&f.path)).collect::<BTreeSet<_>>() {
            author.areas.entry(area.to_owned()).or_default().add(delta.time, rules.half_life);
        }
    }

    /// The features of a change that is about to be made.
    pub fn look(&self, delta: &Delta) -> Facts {
        let source: Vec<&FileDelta> = delta.files.iter().filter(|f| f.kind.is_source()).collect();
        let whole = Whole::of(delta, &source);
        let rows: Vec<Option<Row>> = delta
            .files
            .iter()
            .map(|file| file.kind.is_source().then(|| self.file(delta, file, &whole)))
            .collect();
        let known: Vec<&Row> = rows.iter().flatten().collect();
        let of = |name: &str| -> Vec<f64> {
            known.iter().filter_map(|row| value(row, name)).filter(|v| !v.is_nan()).collect()
        };
        let most = |name: &str| of(name).into_iter().fold(f64::NAN, f64::max);
        let mean = |name: &str| of(name).iter().sum::<f64>() / of(name).len() as f64;
        let sum =
            |count: fn(&FileDelta) -> u32| ln1(source.iter().map(|f| f64::from(count(f))).sum());
        let change = vec![
            ("added", sum(|f| f.added)),
            ("places", sum(|f| f.places)),
            ("branches", sum(|f| f.branches)),
            ("size", mean("size")),
            ("new", mean("new")),
            ("code", mean("code")),
            ("changes", most("changes")),
            ("fixes", most("fixes")),
            ("fixes_recent", most("fixes_recent")),
            ("age", mean("age")),
            ("author_recent", self.author(delta)),
            ("author_area", mean("author_area")),
            ("files", whole.files),
            ("folders", whole.folders),
            ("entropy", whole.entropy),
            ("tests", whole.tests),
            ("fix", whole.fix),
            ("lines", sum(|f| f.lines)),
        ];
        Facts { change, files: rows }
    }

    fn file(&self, delta: &Delta, file: &FileDelta, whole: &Whole) -> Row {
        let rules = &DATA.past;
        let nothing = FilePast::default();
        let before = file.old_path.as_ref().unwrap_or(&file.path);
        let past = self.files.get(before).unwrap_or(&nothing);
        let seen = past.count > 0;
        let changes = past.changes.now(delta.time, rules.half_life);
        let fixes = past.fixes.now(delta.time, rules.half_life);
        let in_area = self
            .authors
            .get(&delta.author.unwrap_or(0))
            .and_then(|a| Some(a.areas.get(area(&file.path))?.now(delta.time, rules.half_life)));
        let in_area = delta.author.map_or(f64::NAN, |_| ln1(in_area.unwrap_or(0.0)));
        let lines = file.size as f64 / LINE_BYTES;
        vec![
            ("added", ln1(f64::from(file.added))),
            ("places", ln1(f64::from(file.places))),
            ("branches", ln1(f64::from(file.branches))),
            ("size", ln1(lines)),
            ("new", f64::from(u8::from(file.new))),
            ("code", f64::from(u8::from(file.kind == super::Kind::Code))),
            ("changes", ln1(changes)),
            ("fixes", ln1(fixes)),
            ("fixes_recent", ln1(past.recent_fixes(delta.time) as f64)),
            (
                "age",
                match seen {
                    true => ln1((delta.time - past.last) as f64 / DAY),
                    false => f64::NAN,
                },
            ),
            ("author_recent", self.author(delta)),
            ("author_area", in_area),
            ("files", whole.files),
            ("folders", whole.folders),
            ("entropy", whole.entropy),
            ("tests", whole.tests),
            ("fix", whole.fix),
            ("lines", ln1(f64::from(file.lines))),
        ]
    }

    /// Recent changes of the change's author.
    fn author(&self, delta: &Delta) -> f64 {
        let Some(author) = delta.author else { return f64::NAN };
        let past = self.authors.get(&author);
        ln1(past.map_or(0.0, |p| p.recent.now(delta.time, DATA.past.recent_half_life)))
    }

    /// Numbers of a file for people, by feature.
    pub fn numbers(&self, delta: &Delta, file: &FileDelta) -> HashMap<&'static str, u64> {
        let nothing = FilePast::default();
        let before = file.old_path.as_ref().unwrap_or(&file.path);
        let past = self.files.get(before).unwrap_or(&nothing);
        let author = delta.author.and_then(|a| self.authors.get(&a));
        let in_area = author.and_then(|a| a.areas.get(area(&file.path)));
        let source: Vec<&FileDelta> = delta.files.iter().filter(|f| f.kind.is_source()).collect();
        let days = |since: i64| ((delta.time - since).max(0) as f64 / DAY) as u64;
        HashMap::from([
            ("lines", u64::from(file.lines)),
            ("added", u64::from(file.added)),
            ("places", u64::from(file.places)),
            ("branches", u64::from(file.branches)),
            ("changes", u64::from(past.count)),
            ("fixes", past.fixed.len() as u64),
            ("fixes_recent", past.recent_fixes(delta.time) as u64),
            ("age", if past.count > 0 { days(past.last) } else { 0 }),
            ("author_area", in_area.map_or(0, |f| f.value.round() as u64)),
            ("files", source.len() as u64),
            (
                "folders",
                source.iter().map(|f| folder(&f.path)).collect::<BTreeSet<_>>().len() as u64,
            ),
        ])
    }
}

impl FilePast {
    fn recent_fixes(&self, time: i64) -> usize {
        let since = time - DATA.past.fixes_days * DAY as i64;
        self.fixed.iter().filter(|t| **t >= since).count()
    }
}

/// What all files of a change share.
struct Whole {
    files: f64,
    folders: f64,
    entropy: f64,
    tests: f64,
    fix: f64,
}

impl Whole {
    fn of(delta: &Delta, source: &[&FileDelta]) -> Self {
        let lines: f64 = source.iter().map(|f| f64::from(f.lines)).sum();
        let shares =
            source.iter().map(|f| f64::from(f.lines) / lines.max(1.0)).filter(|p| *p > 0.0);
        let entropy: f64 = shares.map(|p| -p * p.log2()).sum();
        // As a share of the most that so many files can have.
        let most = (source.len().max(2) as f64).log2();
        let folders: BTreeSet<&str> = source.iter().map(|f| folder(&f.path)).collect();
        let tests = delta.files.iter().any(|f| f.kind == super::Kind::Test);
        Self {
            files: ln1(source.len() as f64),
            folders: ln1(folders.len() as f64),
            entropy: entropy / most,
            tests: f64::from(u8::from(tests)),
            fix: f64::from(u8::from(delta.fix)),
        }
    }
}

pub(super) fn value(row: &Row, name: &str) -> Option<f64> {
    row.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
}

fn ln1(x: f64) -> f64 {
    (1.0 + x.max(0.0)).ln()
}

/// The subsystem of a path: its first two folders.
fn area(path: &str) -> &str {
    let folder = folder(path);
    let mut ends = folder.match_indices('/').map(|(at, _)| at);
    ends.nth(1).map_or(folder, |at| &folder[..at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::data::Kind;

    fn delta(day: i64, who: u64, fix: bool, files: &[(&str, u32)]) -> Delta {
        let file = |(path, lines): &(&str, u32)| FileDelta {
            lines: *lines,
            added: *lines,
            ..FileDelta::named(path, Kind::Code)
        };
        Delta {
            time: day * 86_400,
            author: Some(who),
            fix,
            outset: false,
            sweep: false,
            files: files.iter().map(file).collect(),
        }
    }

    fn near(row: &Row, name: &str, expected: f64) {
        let got = value(row, name).unwrap();
        assert!((got - expected).abs() < 1e-9, "{name}: {got}, not {expected}");
    }

    #[test]
    fn a_file_remembers_its_changes_fixes_and_people() {
        let mut memory = Memory::default();
        memory.take(&delta(0, 1, false, &[("a/b/c/x.py", 5)]));
        memory.take(&delta(365, 2, true, &[("a/b/c/x.py", 5)]));
        let next = delta(375, 1, false, &[("a/b/c/x.py", 9), ("y.py", 3)]);
        let facts = memory.look(&next);
        let row = facts.files[0].as_ref().unwrap();
        let half = 0.5f64;
        near(row, "changes", (1.0 + 1.5 * half.powf(10.0 / 365.0)).ln());
        near(row, "fixes", (1.0 + half.powf(10.0 / 365.0)).ln());
        near(row, "age", 11f64.ln());
        near(row, "author_recent", (1.0 + half.powf(375.0 / 60.0)).ln());
        near(row, "author_area", (1.0 + half.powf(375.0 / 365.0)).ln());
        near(row, "lines", 10f64.ln());
        near(&facts.change, "files", 3f64.ln());
        near(&facts.change, "entropy", -(0.75 * 0.75f64.log2() + 0.25 * 0.25f64.log2()));
        assert_eq!(memory.numbers(&next, &next.files[0])["fixes_recent"], 1);
    }

    #[test]
    fn a_renamed_file_keeps_its_past_and_a_deleted_one_loses_it() {
        let mut memory = Memory::default();
        memory.take(&delta(0, 1, true, &[("a.py", 5)]));
        let mut renamed = delta(1, 1, false, &[("b.py", 1)]);
        renamed.files[0].old_path = Some("a.py".to_owned());
        memory.take(&renamed);
        let look = |memory: &Memory, path| memory.look(&delta(1, 1, false, &[(path, 1)]));
        let later = 1.0 + 0.5f64.powf(1.0 / 365.0);
        near(look(&memory, "b.py").files[0].as_ref().unwrap(), "changes", (1.0 + later).ln());
        near(look(&memory, "a.py").files[0].as_ref().unwrap(), "changes", 0.0);
        let mut gone = delta(2, 1, false, &[("b.py", 1)]);
        gone.files[0].gone = true;
        memory.take(&gone);
        near(look(&memory, "b.py").files[0].as_ref().unwrap(), "changes", 0.0);
    }

    #[test]
    fn an_unknown_author_is_unknown_not_inexperienced() {
        let mut change = delta(1, 1, false, &[("a.py", 5), ("docs.md", 1)]);
        change.author = None;
        change.files[1].kind = Kind::Docs;
        let facts = Memory::default().look(&change);
        assert!(value(&facts.change, "author_recent").unwrap().is_nan());
        assert!(facts.files[1].is_none());
        for row in [&facts.change, facts.files[0].as_ref().unwrap()] {
            let mut names: Vec<&str> = row.iter().map(|(name, _)| *name).collect();
            names.sort_unstable();
            let mut all = NAMES;
            all.sort_unstable();
            assert_eq!(names, all);
        }
    }

    #[test]
    fn an_area_is_two_folders() {
        assert_eq!(area("a/b/c/d.rs"), "a/b");
        assert_eq!(area("a/d.rs"), "a");
        assert_eq!(area("d.rs"), "");
    }
}
