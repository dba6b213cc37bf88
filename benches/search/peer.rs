//! Asks probe, a code search by words over syntax trees, the same questions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use forewarn::index::{Symbol, View};
use serde_json::Value;

/// Blocks asked for: prose and tests are among them.
const MOST: usize = 300;
/// A block and a definition are the same from this share of common lines.
const SAME: f64 = 0.5;

/// The program and the files of the tree that it last searched.
pub struct Probe {
    program: PathBuf,
    folder: tempfile::TempDir,
    tree: String,
}

impl Probe {
    pub fn new(program: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        Ok(Self { program: program.to_owned(), folder, tree: String::new() })
    }

    /// Definitions that it finds, the best first, by path and line of their name, and
    /// the milliseconds that it took. What it finds outside of definitions is left out.
    pub fn ask(
        &mut self,
        git: &Path,
        tree: &str,
        view: &View,
        text: &str,
    ) -> anyhow::Result<(Vec<(String, u32)>, f64)> {
        self.check_out(git, tree)?;
        // Its query language would take other characters for operators.
        let plain = |c: char| if c.is_alphanumeric() || c == '_' { c } else { ' ' };
        let words: String = text.chars().map(plain).collect();
        let start = Instant::now();
        let done = Command::new(&self.program)
            .args(["search", "--format", "json", "--no-merge", "--allow-tests", "--no-gitignore"])
            .args(["--max-results", &MOST.to_string(), &words.to_lowercase(), "."])
            .current_dir(self.folder.path())
            .stderr(Stdio::piped())
            .output()?;
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        if !done.status.success() {
            bail!("probe failed: {}", String::from_utf8_lossy(&done.stderr));
        }
        let output = String::from_utf8_lossy(&done.stdout);
        let found: Value = match output.find('{') {
            Some(at) => serde_json::from_str(&output[at..]).context("probe's answer")?,
            None => Value::Null,
        };
        let mut blocks: Vec<&Value> = found["results"].as_array().into_iter().flatten().collect();
        // They come by file.
        let score = |block: &Value| block["score"].as_f64().unwrap_or_default();
        blocks.sort_by(|a, b| score(b).total_cmp(&score(a)));
        let mut places = Vec::new();
        for block in blocks {
            if let Some(place) = self.place(view, block)?
                && !places.contains(&place)
            {
                places.push(place);
            }
        }
        Ok((places, milliseconds))
    }

    /// The definition that a block is, or is part of.
    fn place(&self, view: &View, block: &Value) -> anyhow::Result<Option<(String, u32)>> {
        let (Some(file), Some(lines)) = (block["file"].as_str(), block["lines"].as_array()) else {
            bail!("probe's answer has another form");
        };
        let root = self.folder.path().to_string_lossy();
        let path = file.strip_prefix(&*root).unwrap_or(file);
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let line = |n: usize| lines.get(n).and_then(Value::as_u64).unwrap_or_default() as u32;
        let (from, to) = (line(0), line(1));
        let share = |s: &Symbol| {
            let both = (s.end.min(to) + 1).saturating_sub(s.start.max(from));
            let either = (s.end.max(to) + 1).saturating_sub(s.start.min(from));
            f64::from(both) / f64::from(either.max(1))
        };
        let outline = view.outline(path)?;
        let best = outline.iter().max_by(|a, b| share(a).total_cmp(&share(b)));
        let same = best.filter(|s| share(s) >= SAME).cloned();
        let found = same.map_or_else(|| view.enclosing(path, from), |same| Ok(Some(same)))?;
        Ok(found.map(|s| (path.to_owned(), s.line)))
    }

    fn check_out(&mut self, git: &Path, tree: &str) -> anyhow::Result<()> {
        if self.tree == tree {
            return Ok(());
        }
        self.folder = tempfile::tempdir()?;
        let mut archive = Command::new("git")
            .arg("--git-dir")
            .arg(git)
            .args(["archive", "--format=tar", tree])
            .stdout(Stdio::piped())
            .spawn()?;
        let output = archive.stdout.take().context("git archive has no output")?;
        let unpacked = Command::new("tar")
            .args(["-x", "-C"])
            .arg(self.folder.path())
            .stdin(output)
            .status()?;
        if !archive.wait()?.success() || !unpacked.success() {
            bail!("tree {tree} could not be written out for probe");
        }
        tree.clone_into(&mut self.tree);
        Ok(())
    }
}
