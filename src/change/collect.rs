//! Turns a selection into a change.
use super::{Change, ChangeError, Repo, Selection};

/// Reads the change that `selection` names. Text files over `max_bytes` are listed
/// as oversized, without hunks.
pub fn collect(
    _repo: &Repo,
    _selection: &Selection,
    _max_bytes: u64,
) -> Result<Change, ChangeError> {
    todo!()
}
