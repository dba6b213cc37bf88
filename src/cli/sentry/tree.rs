//! The tree that a command places frames in: that of `HEAD`.

use std::sync::Arc;

use crate::change::Repo;
use crate::cli::{Context, index};
use crate::index::Index;
use crate::lang::Languages;
use crate::sentry::{SentryCache, Tree};
use crate::store::Store;

/// The files of `HEAD`; `None` in a repository without a commit.
pub fn files(repo: &Repo, store: &Store) -> anyhow::Result<Option<Tree>> {
    let Some(commit) = repo.resolve("HEAD", "commit")? else { return Ok(None) };
    let snapshot = repo.snapshot(&commit)?;
    Ok(Some(SentryCache::new(store).tree(repo, &snapshot, Some(&commit), Vec::new())?))
}

/// Like [`files`], with what is defined in them; what the index does not know yet is
/// read first. `data` holds the production history, `store` the index.
pub fn code(
    context: &Context,
    repo: &Repo,
    (store, data): (&Store, &Store),
) -> anyhow::Result<Option<Tree>> {
    let Some(commit) = repo.resolve("HEAD", "commit")? else { return Ok(None) };
    let snapshot = Arc::new(repo.snapshot(&commit)?);
    let tree = SentryCache::new(data).tree(repo, &snapshot, Some(&commit), Vec::new())?;
    let index = Index::new(store, Arc::new(Languages::load(&context.assets)?));
    index.update(&snapshot, None, &[], 0, &mut index::progress("reading"))?;
    Ok(Some(tree.with_code(Arc::new(index.view(snapshot)?))))
}
