//! Lists what differs between two trees and parses git's unified diffs into
//! hunks.

use std::collections::HashMap;

use super::objects::Objects;
use super::repo::{failure, run, run_with_input};
use super::snapshot::is_binary;
use super::{
    Blob, ChangeError, ChangedFile, Content, DiffLine, Hunk, LineKind, Repo, Skipped, Status, Text,
};

/// Paths of one git call: far below the limit on a command line's length.
const BATCH_PATHS: usize = 500;
const BATCH_BYTES: usize = 60_000;

const LINK: u32 = 0o120000;
const SUBMODULE: u32 = 0o160000;

/// One line of `git diff-tree --raw`.
struct Raw {
    base_mode: u32,
    head_mode: u32,
    base_id: String,
    head_id: String,
    status: u8,
    path: Vec<u8>,
    old_path: Option<Vec<u8>>,
}

/// Base and head blob of a patch; all zeros where there is none.
type Pair = (String, String);

/// Lists the files that differ between two trees, sorted by path, with hunks
/// for text of at most `max_bytes`.
pub(super) fn files(
    repo: &Repo,
    base: &str,
    head: &str,
    max_bytes: u64,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<ChangedFile>, ChangeError> {
    if base == head {
        return Ok(Vec::new());
    }
    let raws = raws(repo, base, head)?;
    let sizes = sizes(repo, &raws)?;
    let objects = Objects::new(repo.clone());
    let mut files = Vec::new();
    // What still needs its hunks: where it is in `files`, its blobs, its paths.
    let mut wanted: Vec<(usize, Pair, Vec<&[u8]>)> = Vec::new();
    for raw in &raws {
        let Ok(path) = String::from_utf8(raw.path.clone()) else {
            skipped.push(Skipped {
                path: String::from_utf8_lossy(&raw.path).into_owned(),
                reason: "the path is not UTF-8".to_owned(),
            });
            continue;
        };
        let mut file = describe(raw, path, &sizes);
        read_content(raw, &mut file, &sizes, &objects, max_bytes)?;
        if file.content == Content::Text && raw.base_id != raw.head_id {
            let paths = raw.old_path.iter().chain([&raw.path]).map(Vec::as_slice).collect();
            wanted.push((files.len(), pair(raw), paths));
        }
        files.push(file);
    }
    let mut patches = Patches { repo, base, head, objects: &objects, known: HashMap::new() };
    let mut rest = wanted.as_slice();
    while !rest.is_empty() {
        let mut bytes = 0;
        let mut count = 0;
        while count < rest.len().min(BATCH_PATHS) && bytes < BATCH_BYTES {
            bytes += rest[count].2.iter().map(|p| p.len()).sum::<usize>();
            count += 1;
        }
        let (batch, later) = rest.split_at(count);
        patches.read(batch.iter().flat_map(|(_, _, paths)| paths.iter().copied()))?;
        for (at, pair, _) in batch {
            files[*at].hunks = patches.take(pair)?;
            note_line_ends(&mut files[*at]);
        }
        rest = later;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn raws(repo: &Repo, base: &str, head: &str) -> Result<Vec<Raw>, ChangeError> {
    let output = repo.run(&[
        "diff-tree",
        "-r",
        "-z",
        "--raw",
        "--no-abbrev",
        "--no-ext-diff",
        "--no-textconv",
        "-M",
        "-l1000",
        "--ignore-submodules=none",
        base,
        head,
        "--",
    ])?;
    let unreadable = || failure("diff-tree", "a line of its output could not be read");
    let mut fields = output.split(|b| *b == 0).filter(|f| !f.is_empty());
    let mut raws = Vec::new();
    while let Some(head) = fields.next() {
        let head = std::str::from_utf8(head).map_err(|_| unreadable())?;
        let parts: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
        let [base_mode, head_mode, base_id, head_id, status] = parts[..] else {
            return Err(unreadable());
        };
        let mode = |text: &str| u32::from_str_radix(text, 8).map_err(|_| unreadable());
        let status = *status.as_bytes().first().ok_or_else(unreadable)?;
        let first = fields.next().ok_or_else(unreadable)?.to_vec();
        let (path, old_path) = if matches!(status, b'R' | b'C') {
            (fields.next().ok_or_else(unreadable)?.to_vec(), Some(first))
        } else {
            (first, None)
        };
        raws.push(Raw {
            base_mode: mode(base_mode)?,
            head_mode: mode(head_mode)?,
            base_id: base_id.to_owned(),
            head_id: head_id.to_owned(),
            status,
            path,
            old_path,
        });
    }
    Ok(raws)
}

/// Sizes of all blobs; one that a partial clone lacks is not in the map.
fn sizes(repo: &Repo, raws: &[Raw]) -> Result<HashMap<String, u64>, ChangeError> {
    let mut input = String::new();
    for raw in raws {
        for (mode, id) in [(raw.base_mode, &raw.base_id), (raw.head_mode, &raw.head_id)] {
            if mode != 0 && mode != SUBMODULE {
                input.push_str(id);
                input.push('\n');
            }
        }
    }
    let mut command = repo.git();
    command.args(["cat-file", "--batch-check"]);
    let output = run_with_input(&mut command, "cat-file", input.as_bytes())?;
    Ok(String::from_utf8_lossy(&output)
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ');
            let id = fields.next()?;
            let size = fields.nth(1)?.parse().ok()?;
            Some((id.to_owned(), size))
        })
        .collect())
}

/// Everything of a file but its content.
fn describe(raw: &Raw, path: String, sizes: &HashMap<String, u64>) -> ChangedFile {
    let blob = |mode: u32, id: &String| {
        (mode != 0).then(|| Blob { id: id.clone(), size: sizes.get(id).copied().unwrap_or(0) })
    };
    let status = match raw.status {
        b'A' | b'C' => Status::Added,
        b'D' => Status::Deleted,
        b'R' => Status::Renamed,
        b'T' => Status::TypeChanged,
        _ if raw.base_id == raw.head_id => Status::TypeChanged,
        _ => Status::Modified,
    };
    let mut file = ChangedFile {
        path,
        old_path: raw.old_path.as_ref().map(|p| String::from_utf8_lossy(p).into_owned()),
        status,
        content: Content::Text,
        base: blob(raw.base_mode, &raw.base_id),
        head: blob(raw.head_mode, &raw.head_id),
        hunks: Vec::new(),
        note: None,
    };
    if raw.base_mode != 0 && raw.head_mode != 0 && raw.base_mode != raw.head_mode {
        note(&mut file, format!("mode {:06o} became {:06o}", raw.base_mode, raw.head_mode));
    }
    file
}

/// Finds out what kind of content a file has, without trusting its attributes:
/// an author could hide code behind `-diff`.
fn read_content(
    raw: &Raw,
    file: &mut ChangedFile,
    sizes: &HashMap<String, u64>,
    objects: &Objects,
    max_bytes: u64,
) -> Result<(), ChangeError> {
    let mode = if raw.head_mode != 0 { raw.head_mode } else { raw.base_mode };
    if mode == SUBMODULE {
        file.content = Content::Submodule;
        let commit = |mode: u32, id: &str| {
            if mode == SUBMODULE { super::ancestry::short(id) } else { "nothing".to_owned() }
        };
        let (from, to) = (commit(raw.base_mode, &raw.base_id), commit(raw.head_mode, &raw.head_id));
        note(file, format!("submodule moved from {from} to {to}"));
        return Ok(());
    }
    if mode == LINK {
        file.content = Content::Symlink;
        let id = if raw.head_mode == LINK { &raw.head_id } else { &raw.base_id };
        if sizes.get(id).is_some_and(|size| *size <= 4096) {
            let target = objects.blob(id)?;
            note(file, format!("link to {}", String::from_utf8_lossy(&target).escape_debug()));
        }
        return Ok(());
    }
    let mut lossy = false;
    for (mode, id) in [(raw.base_mode, &raw.base_id), (raw.head_mode, &raw.head_id)] {
        if mode & 0o170000 != 0o100000 {
            continue;
        }
        let Some(size) = sizes.get(id) else {
            file.content = Content::Oversized;
            note(file, "its content is not in this partial clone".to_owned());
            return Ok(());
        };
        if *size > max_bytes {
            file.content = Content::Oversized;
            note(file, format!("{size} bytes, over the limit of {max_bytes}"));
            return Ok(());
        }
        let bytes = objects.blob(id)?;
        if is_binary(&bytes) {
            file.content = Content::Binary;
            if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
                note(file, "UTF-16 text is not read".to_owned());
            }
            return Ok(());
        }
        lossy |= std::str::from_utf8(&bytes).is_err();
    }
    if lossy {
        note(file, "not UTF-8; decoded with replacement characters".to_owned());
    }
    Ok(())
}

fn note(file: &mut ChangedFile, text: String) {
    match &mut file.note {
        Some(note) => {
            note.push_str("; ");
            note.push_str(&text);
        }
        None => file.note = Some(text),
    }
}

/// Says so when a file's lines differ in nothing but their ends.
fn note_line_ends(file: &mut ChangedFile) {
    let texts = |kind| file.lines_of(kind).map(|l| l.text.as_str()).collect::<Vec<_>>();
    let (removed, added) = (texts(LineKind::Removed), texts(LineKind::Added));
    if !added.is_empty() && removed == added {
        note(file, "only line ends differ".to_owned());
    }
}

/// The blobs whose patch holds a file's hunks. Git writes a change of type as
/// a deletion and a creation.
fn pair(raw: &Raw) -> Pair {
    if raw.status == b'T' {
        ("0".repeat(raw.head_id.len()), raw.head_id.clone())
    } else {
        (raw.base_id.clone(), raw.head_id.clone())
    }
}

/// Hunks by blobs: two blobs have one patch, whatever their paths, so nothing
/// depends on how git quotes a path or orders its output.
struct Patches<'a> {
    repo: &'a Repo,
    base: &'a str,
    head: &'a str,
    objects: &'a Objects,
    known: HashMap<Pair, Vec<Hunk>>,
}

/// `--text`: whether a file is binary has been decided already.
const PATCH: &[&str] = &[
    "-p",
    "--text",
    "--full-index",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--diff-algorithm=histogram",
    "-U3",
    "--inter-hunk-context=0",
    "--src-prefix=a/",
    "--dst-prefix=b/",
];

impl Patches<'_> {
    fn read<'p>(&mut self, paths: impl Iterator<Item = &'p [u8]>) -> Result<(), ChangeError> {
        let mut command = self.repo.git();
        command.args(["--literal-pathspecs", "diff-tree", "-r", "-M", "-l1000"]).args(PATCH);
        command.args([self.base, self.head, "--"]);
        for path in paths {
            // Only paths that are UTF-8 get here, or the old name of one.
            command.arg(os_string(path));
        }
        let output = run(&mut command, "diff-tree")?;
        self.known = parse(&output)?;
        Ok(())
    }

    /// The hunks between two blobs.
    fn take(&mut self, pair: &Pair) -> Result<Vec<Hunk>, ChangeError> {
        if let Some(hunks) = self.known.get(pair) {
            return Ok(hunks.clone());
        }
        // The batch paired its renames otherwise than the whole list did.
        let none = |id: &str| id.bytes().all(|b| b == b'0');
        match (none(&pair.0), none(&pair.1)) {
            (false, false) => {
                let mut command = self.repo.git();
                command.arg("diff").args(PATCH).args([&pair.0, &pair.1, "--"]);
                let output = run(&mut command, "diff")?;
                Ok(parse(&output)?.remove(pair).unwrap_or_default())
            }
            (true, false) => self.whole(&pair.1, LineKind::Added),
            (false, true) => self.whole(&pair.0, LineKind::Removed),
            (true, true) => Ok(Vec::new()),
        }
    }

    /// One hunk that adds or removes every line of a blob.
    fn whole(&self, id: &str, kind: LineKind) -> Result<Vec<Hunk>, ChangeError> {
        let Some(text) = Text::decode(&self.objects.blob(id)?) else { return Ok(Vec::new()) };
        let lines: Vec<DiffLine> = text
            .text
            .lines()
            .zip(1..)
            .map(|(line, n)| DiffLine {
                kind,
                old: (kind == LineKind::Removed).then_some(n),
                new: (kind == LineKind::Added).then_some(n),
                text: line.to_owned(),
            })
            .collect();
        let count = lines.len() as u32;
        if count == 0 {
            return Ok(Vec::new());
        }
        let (old, new) = if kind == LineKind::Added { (0, count) } else { (count, 0) };
        Ok(vec![Hunk {
            old_start: old.min(1),
            old_lines: old,
            new_start: new.min(1),
            new_lines: new,
            lines,
        }])
    }
}

#[cfg(unix)]
fn os_string(path: &[u8]) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(path).to_owned()
}

#[cfg(not(unix))]
fn os_string(path: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(path).into_owned().into()
}

/// Parses the output of `git diff --full-index` into hunks by blobs. Hunk
/// bodies are counted, not guessed, so content that looks like a header is
/// content.
fn parse(output: &[u8]) -> Result<HashMap<Pair, Vec<Hunk>>, ChangeError> {
    let broken = || failure("diff", "its output could not be read");
    let mut patches: HashMap<Pair, Vec<Hunk>> = HashMap::new();
    let mut pair: Option<Pair> = None;
    let mut lines = output.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        if line.starts_with(b"diff --git ") {
            pair = None;
        } else if let Some(ids) = line.strip_prefix(b"index ") {
            let ids = String::from_utf8_lossy(ids);
            let ids = ids.split(' ').next().unwrap_or_default();
            let (old, new) = ids.split_once("..").ok_or_else(broken)?;
            let key = (old.to_owned(), new.to_owned());
            // Blobs seen before get the same hunks again.
            patches.insert(key.clone(), Vec::new());
            pair = Some(key);
        } else if line.starts_with(b"@@ ") {
            let mut hunk = hunk_header(line).ok_or_else(broken)?;
            let (mut old, mut new) = (hunk.old_start, hunk.new_start);
            let (old_end, new_end) = (old + hunk.old_lines, new + hunk.new_lines);
            while old < old_end || new < new_end {
                let line = lines.next().ok_or_else(broken)?;
                let (kind, text) = match line.split_first() {
                    Some((b'+', text)) => (LineKind::Added, text),
                    Some((b'-', text)) => (LineKind::Removed, text),
                    Some((b' ', text)) => (LineKind::Context, text),
                    None => (LineKind::Context, line),
                    Some((b'\\', _)) => continue,
                    _ => return Err(broken()),
                };
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                hunk.lines.push(DiffLine {
                    kind,
                    old: (kind != LineKind::Added).then_some(old),
                    new: (kind != LineKind::Removed).then_some(new),
                    text: String::from_utf8_lossy(text).into_owned(),
                });
                old += u32::from(kind != LineKind::Added);
                new += u32::from(kind != LineKind::Removed);
            }
            let key = pair.as_ref().ok_or_else(broken)?;
            patches.entry(key.clone()).or_default().push(hunk);
        }
    }
    Ok(patches)
}

fn hunk_header(line: &[u8]) -> Option<Hunk> {
    let [old_start, old_lines, new_start, new_lines] = hunk_ranges(line)?;
    Some(Hunk { old_start, old_lines, new_start, new_lines, lines: Vec::new() })
}

/// Reads `@@ -a[,b] +c[,d] @@`: start and number of lines on the old side, then on the new.
pub(super) fn hunk_ranges(line: &[u8]) -> Option<[u32; 4]> {
    let text = String::from_utf8_lossy(line);
    let mut fields = text.split(' ').skip(1);
    let mut range = |sign: char| -> Option<(u32, u32)> {
        let field = fields.next()?.strip_prefix(sign)?;
        match field.split_once(',') {
            Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
            None => Some((field.parse().ok()?, 1)),
        }
    };
    let ((old, old_lines), (new, new_lines)) = (range('-')?, range('+')?);
    Some([old, old_lines, new, new_lines])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "\
diff --git \"a/x\\ty\" \"b/x\\ty\"
index 1111..2222 100644
--- \"a/x\\ty\"
+++ \"b/x\\ty\"
@@ -1,3 +1,4 @@ fn f()
 keep
-diff --git a/evil b/evil
+@@ -1 +1 @@
+index 3333..4444
\x20
\\ No newline at end of file
@@ -10 +11,0 @@
-gone\r
";

    #[test]
    fn content_that_looks_like_a_header_is_content() {
        let patches = parse(PATCH.as_bytes()).unwrap();
        assert_eq!(patches.len(), 1);
        let hunks = &patches[&("1111".to_owned(), "2222".to_owned())];
        assert_eq!(hunks.len(), 2);
        let seen: Vec<_> = hunks[0].lines.iter().map(|l| (l.old, l.new, l.text.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Some(1), Some(1), "keep"),
                (Some(2), None, "diff --git a/evil b/evil"),
                (None, Some(2), "@@ -1 +1 @@"),
                (None, Some(3), "index 3333..4444"),
                (Some(3), Some(4), ""),
            ]
        );
        assert_eq!(hunks[1].lines[0].old, Some(10));
        assert_eq!(hunks[1].lines[0].text, "gone");
        assert_eq!((hunks[1].new_start, hunks[1].new_lines), (11, 0));
    }

    #[test]
    fn output_that_was_cut_is_an_error() {
        let cut = &PATCH[..PATCH.find("+@@").unwrap()];
        assert!(parse(cut.as_bytes()).is_err());
        assert!(parse(b"@@ -1 +1 @@\n-a\n+b\n").is_err());
        assert!(parse(b"").unwrap().is_empty());
    }
}
