//! Whether a failure came from this repository's code: the source line that its frame was
//! at stands in the file, or stood there, as far as the history goes back.

use super::table::Cause;
use super::{Past, Scene};
use crate::review::origin::DraftError;
use crate::review::origin::source::fold;

/// Commits of the file that are looked through, the newest first.
const COMMITS: usize = 200;
/// A release may be this many seconds older than its first event.
const MARGIN: i64 = 180 * 86_400;

/// A frame without a source line is taken by its names. Paths such as `app/models/user.rb`
/// lie in many programs, so one whose line never stood in the file proves nothing.
pub(super) fn is_ours(
    past: &Past,
    cause: &Cause<'_>,
    scene: &Scene<'_>,
) -> Result<bool, DraftError> {
    let Some(line) = cause.crashed.as_deref().map(plain) else { return Ok(true) };
    let found = &past.found;
    let change = scene.change;
    let mut paths: Vec<&str> = vec![&found.path];
    paths.extend(change.file(&found.path).map(|f| f.base_path()));
    paths.extend(found.former.as_deref());
    paths.dedup();
    for path in &paths {
        for snapshot in [scene.head.snapshot().as_ref(), scene.base] {
            if snapshot.entry(path).is_some_and(|e| e.is_file())
                && let Some(text) = snapshot.text(path)?
                && text.text.lines().any(|l| plain(l) == line)
            {
                return Ok(true);
            }
        }
    }
    let Some(base) = change.base.commit.as_deref() else { return Ok(false) };
    let since = found.issue.first_seen.map(|time| (time - MARGIN).max(0));
    let had = |l: &str| plain(l) == line;
    let repo = scene.base.repo();
    if repo.had_line(base, &paths, since, COMMITS, had)? {
        return Ok(true);
    }
    // A history that begins later cannot show the line.
    let Some(seen) = found.issue.first_seen else { return Ok(false) };
    Ok(past.place.is_some() && repo.begins(base)?.is_some_and(|begins| begins > seen))
}

/// A line by its words: formatters fold white space and change quotes.
fn plain(line: &str) -> String {
    fold(line).replace('\'', "\"")
}
