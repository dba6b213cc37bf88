//! Turns a selection into a change.

use super::ancestry::short;
use super::scratch::Scratch;
use super::{Change, ChangeError, Commit, Repo, Selection, Skipped, TreeRef, diff, patch};

/// Messages beyond this many commits are not read; the newest are kept.
const MAX_COMMITS: &str = "--max-count=500";

/// A selection as two trees, with what was said about it.
struct Ends {
    base: TreeRef,
    head: TreeRef,
    /// Commits the messages are taken from: `(not reachable from, reachable from)`.
    commits: Option<(Option<String>, String)>,
    description: String,
    skipped: Vec<Skipped>,
}

impl Ends {
    fn new(base: TreeRef, head: TreeRef) -> Self {
        let commits = head.commit.clone().map(|head| (base.commit.clone(), head));
        Self { base, head, commits, description: String::new(), skipped: Vec::new() }
    }

    /// A tree that is no commit's.
    fn uncommitted(base: TreeRef, tree: String, label: &str) -> Self {
        Self::new(base, TreeRef { tree, commit: None, label: label.to_owned() })
    }
}

/// Reads the change that `selection` names. Text files over `max_bytes` are listed
/// as oversized, without hunks.
pub fn collect(repo: &Repo, selection: &Selection, max_bytes: u64) -> Result<Change, ChangeError> {
    let ends = match selection {
        Selection::Push => push(repo)?,
        Selection::Range(text) => range(repo, text)?,
        Selection::Between { base, head } => between(repo, base.as_deref(), head)?,
        Selection::Staged => staged(repo)?,
        Selection::Worktree => worktree(repo)?,
        Selection::Patch(path) => patched(repo, path)?,
    };
    let mut skipped = ends.skipped;
    let files = diff::files(repo, &ends.base.tree, &ends.head.tree, max_bytes, &mut skipped)?;
    let commits = match ends.commits {
        Some((base, head)) => commits(repo, base.as_deref(), &head)?,
        None => Vec::new(),
    };
    Ok(Change {
        base: ends.base,
        head: ends.head,
        files,
        commits,
        description: ends.description,
        skipped,
    })
}

fn push(repo: &Repo) -> Result<Ends, ChangeError> {
    let head = repo.head()?;
    let label = repo.branch()?.unwrap_or_else(|| short(&head));
    Ok(Ends::new(repo.push_base(&head)?, repo.tree_of(&head, &label)?))
}

fn range(repo: &Repo, text: &str) -> Result<Ends, ChangeError> {
    let name = |side: &str| if side.is_empty() { "HEAD".to_owned() } else { side.to_owned() };
    // A revision may itself hold dots (`:/fix ..`), so it is tried whole first.
    let whole = !text.contains("..") || repo.resolve(text, "commit")?.is_some();
    if whole {
        let text = text.strip_suffix("^!").unwrap_or(text);
        let commit = repo.commit(text)?;
        return Ok(Ends::new(repo.parent(&commit)?, repo.tree_of(&commit, text)?));
    }
    if let Some((a, b)) = text.split_once("...") {
        let (a, b) = (name(a), name(b));
        let (from, to) = (repo.commit(&a)?, repo.commit(&b)?);
        let base = repo.merge_base((&from, &a), (&to, &b))?;
        return Ok(Ends::new(repo.tree_of(&base, &a)?, repo.tree_of(&to, &b)?));
    }
    let (a, b) = text.split_once("..").unwrap_or((text, ""));
    let (a, b) = (name(a), name(b));
    let (from, to) = (repo.commit(&a)?, repo.commit(&b)?);
    Ok(Ends::new(repo.tree_of(&from, &a)?, repo.tree_of(&to, &b)?))
}

fn between(repo: &Repo, base: Option<&str>, head: &str) -> Result<Ends, ChangeError> {
    let to = repo.commit(head)?;
    let label = |revision: &str, id: &str| {
        if id.starts_with(revision) { short(id) } else { revision.to_owned() }
    };
    let base = match base {
        None => repo.push_base(&to)?,
        Some(base) => match repo.resolve(base, "commit")? {
            Some(from) => repo.tree_of(&from, &label(base, &from))?,
            // A first push has the empty tree for its base.
            None => match repo.resolve(base, "tree")? {
                Some(tree) if tree == repo.empty_tree()? => {
                    TreeRef { tree, commit: None, label: "nothing".to_owned() }
                }
                _ => {
                    return Err(repo.commit(base).map_or_else(|e| e, ChangeError::UnknownRevision));
                }
            },
        },
    };
    Ok(Ends::new(base, repo.tree_of(&to, &label(head, &to))?))
}

/// `HEAD`, or the empty tree before the first commit.
fn head_or_nothing(repo: &Repo) -> Result<TreeRef, ChangeError> {
    match repo.head() {
        Ok(head) => repo.tree_of(&head, "HEAD"),
        Err(ChangeError::Unborn) => {
            Ok(TreeRef { tree: repo.empty_tree()?, commit: None, label: "nothing".to_owned() })
        }
        Err(error) => Err(error),
    }
}

fn staged(repo: &Repo) -> Result<Ends, ChangeError> {
    if repo.worktree.is_none() {
        return Err(ChangeError::Bare);
    }
    let tree = Scratch::new(repo)?.index_tree()?;
    Ok(Ends::uncommitted(head_or_nothing(repo)?, tree, "index"))
}

fn worktree(repo: &Repo) -> Result<Ends, ChangeError> {
    let Some(folder) = &repo.worktree else { return Err(ChangeError::Bare) };
    let (tree, skipped) = Scratch::new(repo)?.worktree_tree(folder)?;
    let mut ends = Ends::uncommitted(head_or_nothing(repo)?, tree, "work tree");
    ends.skipped = skipped;
    Ok(ends)
}

/// The files as they lie in the work tree, untracked ones included but not the
/// ignored ones, and what was left out; of a bare repository those of `HEAD`.
pub fn current(repo: &Repo) -> Result<(TreeRef, Vec<Skipped>), ChangeError> {
    match worktree(repo) {
        Ok(ends) => Ok((ends.head, ends.skipped)),
        Err(ChangeError::Bare) => Ok((repo.tree_of(&repo.head()?, "HEAD")?, Vec::new())),
        Err(error) => Err(error),
    }
}

fn patched(repo: &Repo, path: &std::path::Path) -> Result<Ends, ChangeError> {
    let bytes = patch::read(path)?;
    let name = if path == std::path::Path::new("-") {
        "from standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let base = head_or_nothing(repo)?;
    let scratch = Scratch::new(repo)?;
    let patch = patch::open(repo, &scratch, &bytes)?;
    // An empty file is the diff of an empty change; words alone are a mistake.
    if patch.diff.is_empty() && !patch.description.is_empty() {
        return Err(ChangeError::NoDiff(name));
    }
    let tree = scratch.patched_tree(&base.tree, &patch.diff, &name)?;
    let mut ends = Ends::uncommitted(base, tree, &format!("patch {name}"));
    ends.description = patch.description;
    Ok(ends)
}

/// The commits of a range, oldest first.
fn commits(repo: &Repo, base: Option<&str>, head: &str) -> Result<Vec<Commit>, ChangeError> {
    let format = "--format=%H%x00%an%x00%at%x00%s%x00%b";
    let mut arguments =
        vec!["log", "-z", "--reverse", MAX_COMMITS, "--no-color", "--encoding=UTF-8", format, head];
    let not = base.map(|base| format!("^{base}"));
    arguments.extend(not.as_deref());
    arguments.push("--");
    let output = repo.run(&arguments)?;
    let fields: Vec<&[u8]> = output.split(|b| *b == 0).collect();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Ok(fields
        .chunks_exact(5)
        .map(|f| Commit {
            id: text(f[0]),
            author: text(f[1]),
            time: text(f[2]).parse().unwrap_or(0),
            subject: text(f[3]),
            body: text(f[4]),
        })
        .collect())
}
