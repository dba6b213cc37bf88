//! Pull requests, named by their address and looked up in the user's own clone.

use super::slug;
use crate::change::Repo;

/// What stands in an address between a repository and a pull request's number.
const REQUEST: &str = "/pull/";

/// The address of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// URL of the repository.
    pub repository: String,
    pub owner: String,
    pub name: String,
    pub number: String,
}

impl Address {
    /// Reads `https://HOST/OWNER/NAME/pull/NUMBER`; `None` for anything else.
    pub fn parse(url: &str) -> Option<Self> {
        let (repository, number) = url.trim_end_matches('/').split_once(REQUEST)?;
        let mut parts = repository.rsplit('/');
        let (name, owner) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let good = |part: &str| !part.is_empty();
        let is_number = good(number) && number.chars().all(|c| c.is_ascii_digit());
        (is_number && good(&name) && good(&owner)).then(|| Self {
            repository: repository.to_owned(),
            owner,
            name,
            number: number.to_owned(),
        })
    }

    /// Id of its case.
    pub fn id(&self) -> String {
        slug(&format!("{}-{}-{}", self.owner, self.name, self.number))
    }
}

/// Where a head left a branch, and the time of the head in seconds.
pub(super) fn ends(repo: &Repo, target: &str, head: &str) -> Result<(String, i64), String> {
    for commit in [target, head] {
        if repo.resolve(commit, "commit").map_err(|e| e.to_string())?.is_none() {
            return Err(format!("the clone has no commit {commit}"));
        }
    }
    let base = repo.merge_base((target, target), (head, head)).map_err(|e| e.to_string())?;
    Ok((base, time_of(repo, head)?))
}

/// The time of a commit, in seconds since the epoch.
pub(super) fn time_of(repo: &Repo, commit: &str) -> Result<i64, String> {
    let time = repo.line(&["log", "-1", "--format=%ct", commit]).map_err(|e| e.to_string())?;
    time.parse().map_err(|_| format!("the commit {commit} has no time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_repository_and_number() {
        let address = Address::parse("https://example.org/acme/shop/pull/7/").unwrap();
        assert_eq!(address.repository, "https://example.org/acme/shop");
        assert_eq!(address.id(), "acme-shop-7");
        for bad in ["https://example.org/acme/shop", "acme/shop/pull/x", "shop/pull/7", ""] {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }
}
