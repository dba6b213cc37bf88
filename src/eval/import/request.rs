//! Pull requests and commits, named by their address and looked up in the user's own clone.

use super::slug;
use crate::change::{ChangeError, Repo, Snapshot};
use crate::eval::dataset::Place;

/// What stands in an address between a repository and what it has.
const REQUEST: &str = "/pull/";
const COMMIT: &str = "/commit/";
/// Digits of a commit that a case's id takes.
const SHORT: usize = 10;

/// The address of a pull request or of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// URL of the repository.
    pub repository: String,
    pub owner: String,
    pub name: String,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// The number of a pull request.
    Request(String),
    /// The full id of a commit.
    Commit(String),
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(number) => write!(f, "{number}"),
            Self::Commit(id) => write!(f, "{}", &id[..id.len().min(SHORT)]),
        }
    }
}

impl Address {
    /// Reads `https://HOST/OWNER/NAME/pull/NUMBER` or `.../commit/ID`; `None` for
    /// anything else.
    pub fn parse(url: &str) -> Option<Self> {
        let url = url.trim_end_matches('/');
        let (repository, what) = if let Some((repository, number)) = url.split_once(REQUEST) {
            let is_number = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit());
            (repository, is_number.then(|| What::Request(number.to_owned()))?)
        } else {
            let (repository, id) = url.split_once(COMMIT)?;
            let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|c| c.is_ascii_hexdigit());
            (repository, is_id.then(|| What::Commit(id.to_ascii_lowercase()))?)
        };
        let mut parts = repository.rsplit('/');
        let (name, owner) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let repository = repository.to_owned();
        let whole = !name.is_empty() && !owner.is_empty();
        whole.then_some(Self { repository, owner, name, what })
    }

    /// Id of its case.
    pub fn id(&self) -> String {
        slug(&format!("{}-{}-{}", self.owner, self.name, self.what))
    }
}

/// Where a head left a branch, and the time of the head in seconds.
pub(super) fn ends(repo: &Repo, target: &str, head: &str) -> Result<(String, i64), String> {
    for commit in [target, head] {
        require(repo, commit)?;
    }
    let base = repo.merge_base((target, target), (head, head)).map_err(words)?;
    Ok((base, time_of(repo, head)?))
}

/// The files of a commit.
pub(super) fn head(repo: &Repo, commit: &str) -> Result<Snapshot, String> {
    repo.snapshot(commit).map_err(words)
}

/// Whether a commit's files have some lines. A file that cannot be read has none.
pub(super) fn has(files: &Snapshot, place: &Place) -> bool {
    let text = files.text(&place.file).ok().flatten();
    text.is_some_and(|t| t.text.lines().count() >= place.end as usize)
}

/// The time of a commit, in seconds since the epoch.
pub(super) fn time_of(repo: &Repo, commit: &str) -> Result<i64, String> {
    let time = repo.line(&["log", "-1", "--format=%ct", commit]).map_err(words)?;
    time.parse().map_err(|_| format!("the commit {commit} has no time"))
}

/// Base and head of a change. A commit's base is its first parent. A pull request is the
/// oldest commit of the clone's branch that says in its subject that it is the request
/// (squashed: the commit itself; merged: what it merged), or else its head where the clone
/// has fetched it.
pub(super) fn find(repo: &Repo, what: &What) -> Result<(String, String), String> {
    let number = match what {
        What::Commit(id) => {
            let head = require(repo, id)?;
            let base = repo.resolve(&format!("{head}^1"), "commit").map_err(words)?;
            return Ok((base.ok_or("the commit has no parent here")?, head));
        }
        What::Request(number) => number,
    };
    if let Some(found) = landed(repo, number)? {
        return Ok(found);
    }
    for name in [format!("refs/pull/{number}/head"), format!("refs/remotes/origin/pr/{number}")] {
        let Some(head) = repo.resolve(&name, "commit").map_err(words)? else { continue };
        let base = repo.merge_base(("HEAD", "HEAD"), (&head, &name)).map_err(words)?;
        if base == head {
            return Err(format!("{name} is merged, and no commit says where"));
        }
        return Ok((base, head));
    }
    Err(format!(
        "the clone has no commit that says it is pull request {number}, and not its head \
         (git fetch origin refs/pull/{number}/head:refs/pull/{number}/head)"
    ))
}

/// Base and head of a pull request by the commit that brought it into the branch.
fn landed(repo: &Repo, number: &str) -> Result<Option<(String, String)>, String> {
    let (squashed, merged) = (format!("(#{number})"), format!("pull request #{number} "));
    let wanted = [format!("--grep={squashed}"), format!("--grep={merged}")];
    let format = "--format=%H%x09%P%x09%s";
    let wanted = wanted.each_ref().map(String::as_str);
    let args = ["log", "--fixed-strings", wanted[0], wanted[1], format, "HEAD", "--"];
    let log = repo.line(&args).map_err(words)?;
    // The words may stand in the body of a later one, as of a revert.
    for line in log.lines().rev() {
        let mut parts = line.splitn(3, '\t');
        let (Some(id), Some(parents), Some(subject)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let parents: Vec<&str> = parents.split(' ').filter(|p| !p.is_empty()).collect();
        match parents[..] {
            [parent] if subject.trim_end().ends_with(&squashed) => {
                return Ok(Some((parent.to_owned(), id.to_owned())));
            }
            [first, second, ..]
                if subject.trim_end().ends_with(&squashed)
                    || subject.starts_with(&format!("Merge {merged}")) =>
            {
                let base = repo.merge_base((first, first), (second, second)).map_err(words)?;
                return Ok(Some((base, second.to_owned())));
            }
            _ => {}
        }
    }
    Ok(None)
}

fn require(repo: &Repo, commit: &str) -> Result<String, String> {
    let found = repo.resolve(commit, "commit").map_err(words)?;
    found.ok_or_else(|| format!("the clone has no commit {commit}"))
}

/// An error as a reason.
fn words(error: ChangeError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_repository_and_change() {
        let request = Address::parse("https://example.org/acme/shop/pull/7/").unwrap();
        assert_eq!(request.repository, "https://example.org/acme/shop");
        assert_eq!((request.id(), request.what), ("acme-shop-7".into(), What::Request("7".into())));
        let id = "0123456789abcdef0123456789abcdef01234567";
        let commit = Address::parse(&format!("https://example.org/acme/shop/commit/{id}")).unwrap();
        assert_eq!(commit.id(), "acme-shop-0123456789");
        for bad in [
            "https://example.org/acme/shop",
            "acme/shop/pull/x",
            "shop/pull/7",
            "https://example.org/acme/shop/commit/0123",
            "",
        ] {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }
}
