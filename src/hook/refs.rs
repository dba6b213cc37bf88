//! What a push sends: git's lines on a pre-push hook's standard input, and the
//! changes to review for them.

use super::HookError;
use crate::change::{ChangeError, Repo, Selection};

/// One line of a pre-push hook's standard input (githooks(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedRef {
    /// What is pushed, for example `refs/heads/main`; `(delete)` for a deletion.
    pub local_ref: String,
    /// Object id; `None` for a deletion.
    pub local_id: Option<String>,
    pub remote_ref: String,
    /// What the remote has there; `None` if nothing.
    pub remote_id: Option<String>,
}

/// One change to review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub selection: Selection,
    /// The refs of the remote that it is for.
    pub refs: Vec<String>,
}

/// What to review for a push.
#[derive(Debug, Default)]
pub struct Plan {
    pub tasks: Vec<Task>,
    /// Refs that need no review, each with the reason.
    pub notes: Vec<String>,
    /// Refs that could not be compared.
    pub warnings: Vec<String>,
}

/// Reads the lines of a hook's standard input.
pub fn parse(input: &str) -> Result<Vec<PushedRef>, HookError> {
    let mut refs = Vec::new();
    for (n, line) in input.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        // From the end: the local name is as the user typed it, blanks included.
        let fields: Vec<&str> = line.rsplitn(4, ' ').collect();
        let bad = || HookError::BadLine { line: n + 1, text: line.to_owned() };
        let [remote_id, remote_ref, local_id, local_ref] = fields[..] else { return Err(bad()) };
        let id = |text: &str| -> Result<Option<String>, HookError> {
            // SHA-1 or SHA-256.
            if ![40, 64].contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(bad());
            }
            Ok((!text.bytes().all(|b| b == b'0')).then(|| text.to_owned()))
        };
        refs.push(PushedRef {
            local_ref: local_ref.to_owned(),
            local_id: id(local_id)?,
            remote_ref: remote_ref.to_owned(),
            remote_id: id(remote_id)?,
        });
    }
    Ok(refs)
}

/// Finds out what the pushed refs bring that the remote does not have. `remote`
/// is the remote's name, or its address where it has none.
pub fn plan(repo: &Repo, remote: &str, refs: &[PushedRef]) -> Plan {
    let mut plan = Plan::default();
    let tracked = match tracking_refs(repo, remote) {
        Ok(tracked) => tracked,
        Err(error) => {
            plan.warnings.push(format!("could not read what {remote} has: {error}"));
            return plan;
        }
    };
    // Refs that the remote has come first: a new tag or branch at the same
    // commit then adds nothing.
    let (known, new): (Vec<_>, Vec<_>) = refs.iter().partition(|r| r.remote_id.is_some());
    for pushed in known.into_iter().chain(new) {
        let name = short_name(&pushed.remote_ref);
        match compare(repo, remote, &tracked, pushed) {
            Ok(Compared::Nothing(reason)) => plan.notes.push(format!("{name}: {reason}")),
            Ok(Compared::Between { base, head, new }) => add(&mut plan, base, head, new, name),
            Err(error) => plan.warnings.push(format!("{name} could not be compared: {error}")),
        }
    }
    plan
}

enum Compared {
    Nothing(&'static str),
    Between { base: String, head: String, new: bool },
}

fn add(plan: &mut Plan, base: String, head: String, new: bool, name: &str) {
    for task in &mut plan.tasks {
        let Selection::Between { base: other, head: same } = &task.selection else { continue };
        if *same == head && (new || other.as_deref() == Some(&base)) {
            task.refs.push(name.to_owned());
            return;
        }
    }
    let selection = Selection::Between { base: Some(base), head };
    plan.tasks.push(Task { selection, refs: vec![name.to_owned()] });
}

fn compare(
    repo: &Repo,
    remote: &str,
    tracked: &[String],
    pushed: &PushedRef,
) -> Result<Compared, ChangeError> {
    let Some(local) = &pushed.local_id else {
        return Ok(Compared::Nothing("deleted, nothing to review"));
    };
    let Some(head) = repo.resolve(local, "commit")? else {
        return Ok(Compared::Nothing("not a commit, nothing to review"));
    };
    let theirs = match &pushed.remote_id {
        // Unknown where somebody else pushed and it was not fetched.
        Some(id) => repo.resolve(id, "commit")?,
        None => None,
    };
    let new = theirs.is_none();
    let base = match theirs {
        // The merge base is what the remote has, unless history was rewritten.
        Some(theirs) => match repo.merge_base((&theirs, "the remote's"), (&head, "the pushed")) {
            Err(ChangeError::NoMergeBase(..)) => unknown_to(repo, remote, tracked, &head)?,
            base => Some(base?),
        },
        None => unknown_to(repo, remote, tracked, &head)?,
    };
    Ok(match base {
        Some(base) if base != head => Compared::Between { base, head, new },
        _ => Compared::Nothing("nothing that the remote does not have"),
    })
}

/// Base of the commits that no tracked branch of the remote has; `None` if
/// there are no such commits.
fn unknown_to(
    repo: &Repo,
    remote: &str,
    tracked: &[String],
    head: &str,
) -> Result<Option<String>, ChangeError> {
    let mut arguments = vec!["rev-list", "--boundary", head, "--not"];
    arguments.extend(tracked.iter().map(String::as_str));
    arguments.push("--");
    let listing = repo.run(&arguments)?;
    let listing = String::from_utf8_lossy(&listing);
    let (boundary, commits): (Vec<&str>, Vec<&str>) =
        listing.lines().partition(|line| line.starts_with('-'));
    if commits.is_empty() {
        return Ok(None);
    }
    match boundary[..] {
        // A first push: all of it is new to the remote.
        [] => repo.empty_tree().map(Some),
        [only] => Ok(Some(only.trim_start_matches('-').to_owned())),
        // The default branch was merged in between.
        _ => {
            if let Some(base) = repo.default_base(head, remote, None)?.and_then(|b| b.commit) {
                return Ok(Some(base));
            }
            Ok(boundary.first().map(|id| id.trim_start_matches('-').to_owned()))
        }
    }
}

/// Ids of what the remote is known to have. A push to a bare address is
/// compared with all remotes.
fn tracking_refs(repo: &Repo, remote: &str) -> Result<Vec<String>, ChangeError> {
    let list = |folder: &str| -> Result<Vec<String>, ChangeError> {
        let output = repo.line(&["for-each-ref", "--format=%(objectname)", folder])?;
        let mut ids: Vec<String> = output.lines().map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    };
    let named = !remote.contains([':', '*', '?', '[']) && !remote.starts_with(['/', '.']);
    if named && repo.setting(&format!("remote.{remote}.url"))?.is_some() {
        return list(&format!("refs/remotes/{remote}/"));
    }
    list("refs/remotes/")
}

fn short_name(reference: &str) -> &str {
    for prefix in ["refs/heads/", "refs/tags/"] {
        if let Some(name) = reference.strip_prefix(prefix) {
            return name;
        }
    }
    reference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_wrong_ones_named() {
        let one = "1".repeat(40);
        let zero = "0".repeat(40);
        let refs = parse(&format!(
            "refs/heads/a {one} refs/heads/b {zero}\n(delete) {zero} refs/heads/c {one}\n"
        ))
        .unwrap();
        assert_eq!((refs[0].local_id.as_ref(), refs[0].remote_id.as_ref()), (Some(&one), None));
        assert_eq!((refs[1].local_id.as_ref(), refs[1].remote_id.as_ref()), (None, Some(&one)));
        assert!(parse("").unwrap().is_empty());
        for wrong in ["x", "a b c d", &format!("a {one} b --all")] {
            assert!(matches!(parse(wrong), Err(HookError::BadLine { line: 1, .. })), "{wrong}");
        }
    }
}
