//! Paths and line ranges as a model gives them, and answers as it gets them.

use serde_json::Value;

use crate::agent::{Passage, ToolError, ToolOutput};
use crate::change::Snapshot;
use crate::finding::Source;
use crate::index::{IndexError, Scope, View};
use crate::plain;

/// Most lines that one call shows.
pub(super) const MAX_LINES: u32 = 80;
/// Most rows of a listing, all pages together.
pub(super) const MAX_ROWS: usize = 200;
/// Most characters of a shown line.
const WIDTH: usize = 240;

/// A string argument, trimmed; empty if it is not there.
pub(super) fn text<'a>(arguments: &'a Value, key: &str) -> &'a str {
    arguments.get(key).and_then(Value::as_str).unwrap_or_default().trim()
}

/// The lines `start..=end`, at least one and at most [`MAX_LINES`].
pub(super) fn range(arguments: &Value) -> (u32, u32) {
    let number = |key: &str| {
        let value = arguments.get(key).and_then(Value::as_u64).unwrap_or(1);
        u32::try_from(value).unwrap_or(u32::MAX).clamp(1, u32::MAX - MAX_LINES)
    };
    let start = number("start");
    (start, number("end").clamp(start, start + MAX_LINES - 1))
}

/// The path as the tree knows it: with `/`, without `./` and doubled slashes.
/// `None` if it would lead out of the tree.
fn normal(path: &str) -> Option<String> {
    let path = path.trim().trim_matches(['`', '"', '\'']).replace('\\', "/");
    // A drive or a root: never of this tree.
    if path.starts_with('/') || path.chars().nth(1) == Some(':') {
        return None;
    }
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    (!parts.contains(&"..")).then(|| parts.join("/"))
}

/// A regular file of the tree, or a refusal that names the nearest ones.
pub(super) fn file(snapshot: &Snapshot, given: &str) -> Result<String, ToolError> {
    let refused = |why: &str, near: &str| {
        let near = nearest(snapshot, near);
        let hint = if near.is_empty() {
            "list_tree shows what there is".to_owned()
        } else {
            format!("the nearest are: {}", near.join(", "))
        };
        ToolError::Refused(format!("{} {why}; {hint}.", plain::line(given, 100)))
    };
    let Some(path) = normal(given) else {
        let name = given.trim_start_matches(['/', '.']);
        return Err(refused("is outside the repository", name));
    };
    if snapshot.entry(&path).is_some_and(|e| e.is_file()) {
        return Ok(path);
    }
    if snapshot.entry(&path).is_some() {
        return Err(refused("is a link or a submodule, which is not followed", &path));
    }
    Err(refused("is not a file of this tree", &path))
}

/// A folder of the tree without its last slash, empty for the root.
pub(super) fn folder(snapshot: &Snapshot, given: &str) -> Result<String, ToolError> {
    let path = normal(given);
    if let Some(path) = &path {
        let prefix = format!("{path}/");
        if path.is_empty() || snapshot.entries().iter().any(|e| e.path.starts_with(&prefix)) {
            return Ok(path.clone());
        }
    }
    let why =
        if path.is_some() { "is not a folder of this tree" } else { "is outside the repository" };
    let mut folders: Vec<&str> =
        snapshot.entries().iter().filter_map(|e| Some(e.path.rsplit_once('/')?.0)).collect();
    folders.dedup();
    let near = closest(given, folders.into_iter());
    let hint = if near.is_empty() { "the root is empty text".into() } else { near.join(", ") };
    Err(ToolError::Refused(format!("{} {why}; there are: {hint}.", plain::line(given, 100))))
}

/// Paths of the tree most like a given one.
fn nearest(snapshot: &Snapshot, given: &str) -> Vec<String> {
    closest(given, snapshot.entries().iter().filter(|e| e.is_file()).map(|e| e.path.as_str()))
}

/// At most five texts by likeness: same file name first, then shared parts and
/// the nearness of the spelling.
fn closest<'a>(given: &str, all: impl Iterator<Item = &'a str>) -> Vec<String> {
    let given = given.to_lowercase();
    let name = |p: &str| p.rsplit('/').next().unwrap_or(p).to_owned();
    let mine = name(&given);
    let mut rated: Vec<(f32, &str)> = all
        .take(50_000)
        .filter_map(|path| {
            let lower = path.to_lowercase();
            let theirs = name(&lower);
            let mut rating = likeness(&mine, &theirs);
            if theirs == mine {
                rating += 2.0;
            } else if lower.contains(&given) || given.contains(&theirs) {
                rating += 0.5;
            }
            let shared = lower.split('/').filter(|p| given.split('/').any(|q| q == *p)).count();
            rating += 0.2 * shared as f32;
            (rating > 0.5).then_some((rating, path))
        })
        .collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    rated.into_iter().take(5).map(|(_, p)| plain::line(p, 120)).collect()
}

/// Share of common letter pairs (Dice's coefficient), 0 to 1.
fn likeness(a: &str, b: &str) -> f32 {
    let pairs = |text: &str| -> Vec<[u8; 2]> {
        text.as_bytes().windows(2).take(100).map(|w| [w[0], w[1]]).collect()
    };
    let (a, mut b) = (pairs(a), pairs(b));
    let total = a.len() + b.len();
    if total == 0 {
        return 0.0;
    }
    let mut common = 0;
    for pair in &a {
        if let Some(at) = b.iter().position(|p| p == pair) {
            b.swap_remove(at);
            common += 1;
        }
    }
    2.0 * common as f32 / total as f32
}

/// One source line as a model may see it.
pub(super) fn shown(line: &str) -> String {
    plain::line(line, WIDTH)
}

/// A passage of whole lines of a file.
pub(super) fn passage(path: &str, start: u32, lines: &[String]) -> Option<Passage> {
    let end = start + u32::try_from(lines.len()).ok()?.checked_sub(1)?;
    Some(Passage {
        source: Source::File { path: path.to_owned(), start, end },
        text: lines.join("\n"),
    })
}

/// A line of a file that a search found.
pub(super) fn hit(query: &str, path: &str, line: u32, text: &str) -> Passage {
    Passage {
        source: Source::Search {
            query: query.to_owned(),
            path: path.to_owned(),
            start: line,
            end: line,
        },
        text: shown(text),
    }
}

/// Rows that an agent is shown page by page, at most [`MAX_ROWS`].
pub(super) fn listing(rows: Vec<(String, Option<Passage>)>, nothing: &str) -> ToolOutput {
    if rows.is_empty() {
        return ToolOutput { text: nothing.to_owned(), ..ToolOutput::default() };
    }
    let more = rows.len() > MAX_ROWS;
    let mut output = ToolOutput::default();
    for (row, passage) in rows.into_iter().take(MAX_ROWS) {
        output.row(&row, passage);
    }
    if more {
        output.row(&format!("There are more than {MAX_ROWS}; ask for less at once."), None);
    }
    output
}

/// The files that a call is confined to by `path` and `language`.
pub(super) fn scope(view: &View, arguments: &Value) -> Result<Scope, ToolError> {
    let given = |key| Some(text(arguments, key));
    Scope::parse(view.languages(), given("path"), given("language")).map_err(failed)
}

/// ` in shop python files`, as an answer says that it was confined; else empty.
pub(super) fn place(arguments: &Value) -> String {
    let path = match text(arguments, "path") {
        "" => String::new(),
        path => format!(" in {}", plain::line(path, 100)),
    };
    match text(arguments, "language") {
        "" => path,
        language => format!("{path} in files of {}", plain::line(language, 40)),
    }
}

/// A definition, or a piece of code that is none, as a row shows it.
pub(super) struct Found<'a> {
    pub path: &'a str,
    pub line: u32,
    /// Kind and name.
    pub what: String,
    pub signature: &'a str,
    pub doc: Option<&'a str>,
    /// The line itself.
    pub source: &'a str,
}

impl Found<'_> {
    /// The row, and its source line to quote. What may be quoted must have been
    /// shown: the line stands for the signature where it holds it all, else
    /// below.
    pub fn row(&self, query: &str) -> (String, Option<Passage>) {
        let passage = hit(query, self.path, self.line, self.source.trim());
        let source = passage.text.as_str();
        let place = plain::line(&format!("{}:{} {}", self.path, self.line, self.what), WIDTH);
        let signature = plain::line(self.signature, WIDTH);
        let doc = self.doc.map(|d| format!(" — {}", plain::line(d, 120))).unwrap_or_default();
        let row = if source.is_empty() || source.starts_with(signature.as_str()) {
            let signature = if source.is_empty() { &signature } else { source };
            format!("{place}: {signature}{doc}")
        } else {
            format!("{place}: {signature}{doc}\n    {source}")
        };
        let shown = !source.is_empty();
        (row, shown.then_some(passage))
    }
}

/// A failure of the index as a tool's: a wrong pattern is the model's to mend.
pub(super) fn failed(error: IndexError) -> ToolError {
    match error {
        IndexError::Pattern(reason) => ToolError::Refused(format!(
            "The pattern is not a valid regular expression: {}. Escape special characters with a backslash.",
            plain::line(&reason.replace('\n', " "), 200)
        )),
        IndexError::Glob(reason) => ToolError::Refused(format!(
            "The path is not a valid glob: {}. Name a folder, or a glob such as *.py.",
            plain::line(&reason, 200)
        )),
        unknown @ IndexError::Language { .. } => {
            ToolError::Refused(format!("{}.", plain::line(&unknown.to_string(), 300)))
        }
        other => ToolError::failed("The index could not answer.", other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_and_cannot_leave() {
        assert_eq!(normal("./src//a.py").as_deref(), Some("src/a.py"));
        assert_eq!(normal("`src\\a.py`").as_deref(), Some("src/a.py"));
        assert_eq!(normal("").as_deref(), Some(""));
        for hostile in ["/etc/passwd", "../x", "a/../../b", "C:\\x", "\\\\host\\x"] {
            assert_eq!(normal(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn line_ranges_are_clamped() {
        let of = |start: i64, end: i64| range(&serde_json::json!({"start": start, "end": end}));
        assert_eq!(of(5, 9), (5, 9));
        assert_eq!(of(9, 5), (9, 9));
        assert_eq!(of(1, 100_000), (1, MAX_LINES));
        assert_eq!(of(-3, 0), (1, 1));
        assert!(of(i64::MAX, i64::MAX).0 > 0);
    }

    #[test]
    fn the_nearest_paths_are_those_of_the_same_name() {
        let all = ["src/shop/cart.py", "src/shop/card.py", "docs/readme.md", "web/cart.ts"];
        let near = closest("shop/cart.py", all.into_iter());
        assert_eq!(near[0], "src/shop/cart.py");
        assert!(!near.contains(&"docs/readme.md".to_owned()));
    }
}
