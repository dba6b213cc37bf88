//! Finds what a line of history is to be compared with.

use super::{ChangeError, Repo, TreeRef};

/// Hexadecimal digits of an id that is shown to a person.
const SHORT: usize = 10;

/// The start of an object id, for people.
pub(super) fn short(id: &str) -> String {
    id[..id.len().min(SHORT)].to_owned()
}

impl Repo {
    /// The commit that `HEAD` is at.
    pub(super) fn head(&self) -> Result<String, ChangeError> {
        self.resolve("HEAD", "commit")?.ok_or(ChangeError::Unborn)
    }

    /// The branch that `HEAD` is on, without `refs/heads/`; `None` if detached.
    pub fn branch(&self) -> Result<Option<String>, ChangeError> {
        match self.line(&["symbolic-ref", "--quiet", "HEAD"]) {
            Ok(name) => Ok(name.strip_prefix("refs/heads/").map(str::to_owned)),
            Err(ChangeError::Git { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A setting of git's, `None` where it is not set.
    pub fn setting(&self, key: &str) -> Result<Option<String>, ChangeError> {
        match self.line(&["config", "--get", key]) {
            Ok(value) => Ok(Some(value).filter(|v| !v.is_empty())),
            Err(ChangeError::Git { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A commit's own tree, named `label`.
    pub(super) fn tree_of(&self, commit: &str, label: &str) -> Result<TreeRef, ChangeError> {
        let tree = self
            .resolve(commit, "tree")?
            .ok_or_else(|| ChangeError::UnknownRevision(label.to_owned()))?;
        Ok(TreeRef { tree, commit: Some(commit.to_owned()), label: label.to_owned() })
    }

    /// The commit that a revision names. In a shallow clone a revision that
    /// counts back, or a full id, may only be beyond its end.
    pub(super) fn commit(&self, revision: &str) -> Result<String, ChangeError> {
        if let Some(id) = self.resolve(revision, "commit")? {
            return Ok(id);
        }
        if revision == "HEAD" {
            return Err(ChangeError::Unborn);
        }
        let counted = revision.contains(['~', '^']);
        let id = revision.len() >= 7 && revision.bytes().all(|b| b.is_ascii_hexdigit());
        if (counted || id) && self.is_shallow() {
            return Err(ChangeError::Shallow(revision.to_owned()));
        }
        Err(ChangeError::UnknownRevision(revision.to_owned()))
    }

    /// The best common ancestor of two commits; labels are for the error.
    pub fn merge_base(&self, a: (&str, &str), b: (&str, &str)) -> Result<String, ChangeError> {
        match self.line(&["merge-base", a.0, b.0]) {
            Ok(id) => Ok(id),
            // Exit code 1 and silence: there is none.
            Err(ChangeError::Git { stderr, .. }) if stderr.is_empty() => {
                Err(if self.is_shallow() {
                    ChangeError::Shallow(format!("the common ancestor of {} and {}", a.1, b.1))
                } else {
                    ChangeError::NoMergeBase(a.1.to_owned(), b.1.to_owned())
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Whether every commit of `old` is also one of `new`.
    pub fn is_ancestor(&self, old: &str, new: &str) -> Result<bool, ChangeError> {
        match self.run(&["merge-base", "--is-ancestor", old, new]) {
            Ok(_) => Ok(true),
            Err(ChangeError::Git { stderr, .. }) if stderr.is_empty() => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn is_shallow(&self) -> bool {
        !self.shallow_boundary().is_empty()
    }

    /// Commits whose parents this clone does not have.
    pub(super) fn shallow_boundary(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.common_dir.join("shallow")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// First parent of a commit as a tree, the empty tree for a root commit.
    pub(super) fn parent(&self, commit: &str) -> Result<TreeRef, ChangeError> {
        if let Some(parent) = self.resolve(&format!("{commit}^1"), "commit")? {
            return self.tree_of(&parent, &short(&parent));
        }
        if self.shallow_boundary().iter().any(|id| id == commit) {
            return Err(ChangeError::Shallow(format!("the parent of {}", short(commit))));
        }
        Ok(TreeRef { tree: self.empty_tree()?, commit: None, label: "nothing".to_owned() })
    }

    /// Where the history that a push of `HEAD` would send begins: the merge
    /// base with the upstream, else with the default branch.
    pub(super) fn push_base(&self, head: &str) -> Result<TreeRef, ChangeError> {
        let branch = self.branch()?;
        if branch.is_some()
            && let Some(upstream) = self.resolve("@{upstream}", "commit")?
        {
            let name = self.line(&["rev-parse", "--abbrev-ref", "@{upstream}"])?;
            let base = self.merge_base((&upstream, &name), (head, "HEAD"))?;
            return self.tree_of(&base, &name);
        }
        let remote = match &branch {
            Some(branch) => self.setting(&format!("branch.{branch}.remote"))?,
            None => None,
        };
        let remote = match remote {
            Some(remote) => remote,
            None => self.setting("remote.pushDefault")?.unwrap_or_else(|| "origin".to_owned()),
        };
        self.default_base(head, &remote, branch.as_deref())?.ok_or(ChangeError::NoUpstream)
    }

    /// The merge base of `head` with the default branch, the remote's before
    /// the local one; `current` is a local branch that is not to be compared
    /// with itself. `None` if no default branch is known.
    pub fn default_base(
        &self,
        head: &str,
        remote: &str,
        current: Option<&str>,
    ) -> Result<Option<TreeRef>, ChangeError> {
        let mut names: Vec<String> = self.setting("init.defaultBranch")?.into_iter().collect();
        names.extend(["main", "master"].map(str::to_owned));
        let mut candidates = vec![format!("refs/remotes/{remote}/HEAD")];
        candidates.extend(names.iter().map(|name| format!("refs/remotes/{remote}/{name}")));
        candidates.extend(
            names
                .iter()
                .filter(|name| current != Some(name.as_str()))
                .map(|name| format!("refs/heads/{name}")),
        );
        for reference in candidates {
            let Some(commit) = self.resolve(&reference, "commit")? else { continue };
            let label = reference
                .trim_start_matches("refs/remotes/")
                .trim_start_matches("refs/heads/")
                .trim_end_matches("/HEAD");
            let base = self.merge_base((&commit, label), (head, "HEAD"))?;
            return self.tree_of(&base, label).map(Some);
        }
        Ok(None)
    }
}
