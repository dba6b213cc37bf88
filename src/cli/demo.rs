//! The demonstration repository: a small web shop with a history, a change
//! with real bugs, and an export of its production failures.
//!
//! All of it is data under `demo/`: `steps.toml` lists the commits, `steps/`
//! holds what each lays over the work tree, `sentry/` the export.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

static DATA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/cli/demo");

const BRANCH: &str = "main";

/// A demonstration that lies ready on disk.
#[derive(Debug, Clone)]
pub struct Demo {
    /// The repository, with the change checked out.
    pub folder: PathBuf,
    /// The change to review.
    pub range: String,
    /// Folder of the Sentry export.
    pub export: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Steps {
    step: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    folder: String,
    /// Author and committer date.
    date: String,
    message: String,
    /// A branch that begins here.
    branch: Option<String>,
}

/// Creates `corner-shop/` (a git repository) and `sentry-export/` in a folder,
/// which is created if need be. The commits have the same ids every time.
pub fn create(folder: &Path) -> anyhow::Result<Demo> {
    let repository = folder.join("corner-shop");
    if repository.exists() {
        bail!("{} exists already; give another folder", repository.display());
    }
    std::fs::create_dir_all(&repository)
        .with_context(|| format!("could not create {}", repository.display()))?;
    let export = folder.join("sentry-export");
    lay(data("sentry")?, &export)?;

    let text = DATA.get_file("steps.toml").and_then(|f| f.contents_utf8()).unwrap_or_default();
    let steps: Steps = toml::from_str(text).context("the demonstration's steps.toml")?;
    git(&repository, &["init", "-q", "-b", BRANCH], None)?;
    let mut tip = BRANCH.to_owned();
    for step in &steps.step {
        if let Some(branch) = &step.branch {
            git(&repository, &["checkout", "-q", "-b", branch], None)?;
            tip.clone_from(branch);
        }
        lay(data(&format!("steps/{}", step.folder))?, &repository)?;
        git(&repository, &["add", "-A"], None)?;
        git(&repository, &["commit", "-q", "--no-verify", "-m", &step.message], Some(&step.date))?;
    }
    Ok(Demo { folder: repository, range: format!("{BRANCH}...{tip}"), export })
}

fn data(path: &str) -> anyhow::Result<&'static Dir<'static>> {
    DATA.get_dir(path).with_context(|| format!("the demonstration has no folder {path}"))
}

/// Copies a folder's files over another.
fn lay(dir: &'static Dir<'static>, target: &Path) -> anyhow::Result<()> {
    let root = dir.path();
    let mut open = vec![dir];
    while let Some(dir) = open.pop() {
        open.extend(dir.dirs());
        for file in dir.files() {
            let to = target.join(file.path().strip_prefix(root)?);
            let parent = to.parent().unwrap_or(target);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&to, file.contents()))
                .with_context(|| format!("could not write {}", to.display()))?;
        }
    }
    Ok(())
}

/// Runs git with a fixed identity and none of the user's settings.
fn git(folder: &Path, args: &[&str], date: Option<&str>) -> anyhow::Result<()> {
    let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "core.fsmonitor=", "-c", "core.autocrlf=false"]);
    command.args(["-c", "commit.gpgsign=false", "-c", "init.templateDir="]).args(args);
    for (key, _) in std::env::vars_os() {
        // A hook's GIT_DIR would send the commits into another repository.
        if key.to_string_lossy().starts_with("GIT_") {
            command.env_remove(&key);
        }
    }
    command.env("GIT_CONFIG_GLOBAL", nothing).env("GIT_CONFIG_SYSTEM", nothing);
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Corner Shop");
        command.env(format!("GIT_{role}_EMAIL"), "shop@example.org");
        if let Some(date) = date {
            command.env(format!("GIT_{role}_DATE"), date);
        }
    }
    let output = command.output().context("could not run git; is it installed?")?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("git {} failed: {}", args.first().unwrap_or(&""), stderr.trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(folder: &Path, args: &[&str]) -> String {
        let output = Command::new("git").current_dir(folder).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn the_demonstration_is_the_same_every_time_and_its_change_is_small() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (a, b) = (create(a.path()).unwrap(), create(b.path()).unwrap());
        assert_eq!(run(&a.folder, &["rev-parse", "HEAD"]), run(&b.folder, &["rev-parse", "HEAD"]));
        assert_eq!(run(&a.folder, &["rev-list", "--count", "main"]), "6");
        let files = run(&a.folder, &["diff", "--name-only", &a.range]);
        assert_eq!(files.lines().count(), 5, "{files}");
        assert_eq!(run(&a.folder, &["status", "--porcelain"]), "");
        assert!(a.export.join("issues.json").is_file());
    }

    #[test]
    fn a_folder_that_holds_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path()).unwrap();
        assert!(create(folder.path()).unwrap_err().to_string().contains("exists already"));
    }
}
