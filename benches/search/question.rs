//! Makes questions with known answers out of a repository.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use forewarn::change::Snapshot;
use forewarn::lang::{Definition, Language, Languages};

/// Fewer words than this say too little to have one answer.
const WORDS: usize = 4;

/// A question and the places that answer it.
pub struct Question {
    pub text: String,
    /// The tree it is asked about.
    pub tree: String,
    /// Path and name's line of each definition that is right.
    pub answers: Vec<(String, u32)>,
    /// Files that the asker knows of; none of them holds an answer.
    pub near: Vec<String>,
}

/// The first line of each function's documentation, asked about a tree from
/// which all documentation of definitions is removed; at most `most`.
pub fn documentation(
    git: &Path,
    languages: &Languages,
    snapshot: &Snapshot,
    most: usize,
) -> anyhow::Result<Vec<Question>> {
    let mut questions = Vec::new();
    let mut listing = String::new();
    for entry in snapshot.entries().iter().filter(|e| e.is_file() && e.size < 1_000_000) {
        let language = languages.of(&entry.path, "");
        let Some(text) = language.and(snapshot.text(&entry.path)?) else { continue };
        let Some(language) = language else { continue };
        let Some(tree) = language.parse(&text.text) else { continue };
        let definitions = language.definitions(&tree, &text.text);
        let bare = without_documentation(language, &text.text, &definitions);
        let blob = write(git, &["hash-object", "-w", "--stdin"], bare.as_bytes())?;
        listing.push_str(&format!("100644 blob {blob}\t{}\n", entry.path));
        if languages.is_test_path(&entry.path) {
            continue;
        }
        // Lines are kept, so the answer is where it was.
        for definition in definitions.iter().filter(|d| d.kind.is_callable()) {
            let Some(doc) = &definition.doc else { continue };
            let sentence = doc.split(". ").next().unwrap_or(doc);
            if sentence.split_whitespace().count() >= WORDS && !sentence.contains('@') {
                questions.push(Question {
                    text: sentence.to_owned(),
                    tree: String::new(),
                    answers: vec![(entry.path.clone(), definition.line)],
                    near: Vec::new(),
                });
            }
        }
    }
    let tree = nested(git, &listing)?;
    // A text that documents several functions has no one answer.
    let mut seen = HashSet::new();
    let twice: HashSet<String> =
        questions.iter().filter(|q| !seen.insert(q.text.clone())).map(|q| q.text.clone()).collect();
    questions.retain(|q| !twice.contains(&q.text));
    questions.sort_by_key(|q| *blake3::hash(q.text.as_bytes()).as_bytes());
    questions.truncate(most);
    for question in &mut questions {
        question.tree.clone_from(&tree);
    }
    Ok(questions)
}

/// Blanks the comments above definitions and the docstrings inside; the number
/// of lines stays.
fn without_documentation(language: &Language, text: &str, definitions: &[Definition]) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    for definition in definitions.iter().filter(|d| d.doc.is_some()) {
        let mut at = definition.start as usize - 1;
        while at > 0 {
            let above = lines[at - 1].trim();
            if above.ends_with("*/") {
                // Up to where the block opens, whatever its lines look like: what is
                // left of it would swallow the code that follows.
                let open = (0..at).rev().find(|n| lines[*n].contains("/*"));
                let Some(open) = open.filter(|n| lines[*n].trim_start().starts_with("/*")) else {
                    break;
                };
                lines[open..at].fill("");
                at = open;
            } else if !above.is_empty() && language.is_comment(above) {
                at -= 1;
                lines[at] = "";
            } else {
                break;
            }
        }
        docstring(&mut lines, definition);
    }
    lines.join("\n") + "\n"
}

/// Blanks a string in triple quotes that stands first in a body.
fn docstring(lines: &mut [&str], definition: &Definition) {
    let body = definition.line as usize..definition.end as usize;
    let Some(first) = body.clone().find(|n| {
        let line = lines[*n].trim();
        ["\"\"\"", "'''", "r\"\"\""].iter().any(|quote| line.starts_with(quote))
    }) else {
        return;
    };
    // Something else than the signature comes before it: no docstring.
    let open =
        |line: &str| line.trim_end().ends_with([':', ',', '(', ')']) || line.trim().is_empty();
    if !lines[definition.line as usize - 1..first].iter().all(|line| open(line)) {
        return;
    }
    let quote = if lines[first].contains("'''") { "'''" } else { "\"\"\"" };
    let single = lines[first].matches(quote).count() > 1;
    let last = if single {
        first
    } else {
        (first + 1..body.end).find(|n| lines[*n].contains(quote)).unwrap_or(first)
    };
    for line in &mut lines[first..=last] {
        *line = "";
    }
}

/// The first line of the symbol around a line of a path in a tree.
pub type Symbols<'a> = &'a mut dyn FnMut(&str, &str, u32) -> anyhow::Result<Option<u32>>;

/// The subject of each commit, asked about its parent: which functions did it
/// change? Commits that change up to five files of code, at most `most`.
pub fn commits(
    git: &Path,
    languages: &Languages,
    symbols: Symbols<'_>,
    most: usize,
) -> anyhow::Result<Vec<Question>> {
    let log = read(git, &["log", "--no-merges", "--first-parent", "-n", "1500", "--format=%H %s"])?;
    let mut questions = Vec::new();
    for line in log.lines() {
        if questions.len() == most {
            break;
        }
        let Some((commit, subject)) = line.split_once(' ') else { continue };
        let subject = subject.split(" (#").next().unwrap_or(subject);
        let plain = subject.split_once(": ").filter(|(kind, _)| !kind.contains(' '));
        let subject = plain.map_or(subject, |(_, rest)| rest);
        let dull = ["bump", "release", "merge", "revert", "version", "update dep", "changelog"];
        if subject.split_whitespace().count() < WORDS
            || dull.iter().any(|word| subject.to_lowercase().contains(word))
        {
            continue;
        }
        let parent = format!("{commit}^");
        let Ok(tree) = read(git, &["rev-parse", "--verify", &format!("{parent}^{{tree}}")]) else {
            continue;
        };
        let tree = tree.trim().to_owned();
        let diff = read(
            git,
            &["diff", "-U0", "--no-ext-diff", "--no-color", "--no-renames", &parent, commit],
        )?;
        let changed = old_lines(&diff);
        let code: Vec<_> = changed
            .iter()
            .filter(|(path, _)| languages.of(path, "").is_some() && !languages.is_test_path(path))
            .collect();
        if code.is_empty() || code.len() > 5 || changed.len() > 15 {
            continue;
        }
        let mut answers = Vec::new();
        for (path, lines) in &code {
            for line in lines {
                if let Some(name) = symbols(&tree, path, *line)? {
                    answers.push((path.clone(), name));
                }
            }
        }
        answers.sort();
        answers.dedup();
        if answers.is_empty() || answers.len() > 10 {
            continue;
        }
        // Who knows one file of the change looks for the others.
        let near = vec![answers[0].0.clone()];
        let others: Vec<_> = answers.iter().filter(|(path, _)| *path != near[0]).cloned().collect();
        let (near, answers) =
            if others.is_empty() { (Vec::new(), answers) } else { (near, others) };
        questions.push(Question { text: subject.to_owned(), tree, answers, near });
    }
    Ok(questions)
}

/// Files with the lines that a diff without context removes or follows.
fn old_lines(diff: &str) -> Vec<(String, Vec<u32>)> {
    let mut files: Vec<(String, Vec<u32>)> = Vec::new();
    for line in diff.lines() {
        if let Some(path) = line.strip_prefix("--- a/") {
            files.push((path.to_owned(), Vec::new()));
        } else if line.starts_with("--- /dev/null") {
            files.push((String::new(), Vec::new()));
        } else if let Some(rest) = line.strip_prefix("@@ -")
            && let Some((_, lines)) = files.last_mut()
        {
            let range = rest.split(' ').next().unwrap_or_default();
            let (start, count) = range.split_once(',').unwrap_or((range, "1"));
            let (start, count) = (start.parse().unwrap_or(0), count.parse().unwrap_or(0));
            let start: u32 = start;
            let count: u32 = count;
            lines.extend(start.max(1)..=start.max(1) + count.max(1) - 1);
        }
    }
    files.retain(|(path, _)| !path.is_empty());
    files
}

/// Writes a tree out of a listing of whole paths.
fn nested(git: &Path, listing: &str) -> anyhow::Result<String> {
    let index = tempfile::NamedTempFile::new()?;
    std::fs::remove_file(index.path())?;
    let run = |args: &[&str], input: &str| -> anyhow::Result<String> {
        let mut command = command(git, args);
        command.env("GIT_INDEX_FILE", index.path());
        answer(command, input.as_bytes())
    };
    run(&["update-index", "--index-info"], listing)?;
    Ok(run(&["write-tree"], "")?.trim().to_owned())
}

fn command(git: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("--git-dir").arg(git).args(args);
    command
}

pub fn read(git: &Path, args: &[&str]) -> anyhow::Result<String> {
    answer(command(git, args), b"")
}

fn write(git: &Path, args: &[&str], input: &[u8]) -> anyhow::Result<String> {
    Ok(answer(command(git, args), input)?.trim().to_owned())
}

fn answer(mut command: Command, input: &[u8]) -> anyhow::Result<String> {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("git could not be started")?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input)?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{command:?} failed");
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
