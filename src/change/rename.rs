//! Which files of a history were called something else before.

use super::{ChangeError, Repo};

/// A file that a commit moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub old: String,
    pub new: String,
}

impl Repo {
    /// Renames in the history of `head`, the newest first, of commits not older than
    /// `since` (seconds since the epoch) and of at most `commits` of them. `after`
    /// leaves out the history of that commit. Paths that are not UTF-8 are left out.
    pub fn renames(
        &self,
        head: &str,
        after: Option<&str>,
        since: Option<i64>,
        commits: usize,
    ) -> Result<Vec<Rename>, ChangeError> {
        let count = format!("--max-count={commits}");
        let since = since.map(|time| format!("--since={time}"));
        let without = after.map(|commit| format!("^{commit}"));
        let mut args = vec![
            "log",
            "-z",
            "--format=",
            "--name-status",
            "--find-renames",
            "--diff-filter=R",
            "--no-ext-diff",
            &count,
        ];
        args.extend(since.as_deref());
        args.push(head);
        args.extend(without.as_deref());
        args.push("--");
        Ok(parse(&self.run(&args)?))
    }
}

/// Reads `R100 NUL old NUL new NUL`, record after record.
fn parse(output: &[u8]) -> Vec<Rename> {
    let mut fields = output.split(|b| *b == 0).map(|f| f.trim_ascii_start());
    let mut found = Vec::new();
    while let Some(status) = fields.next() {
        if !status.starts_with(b"R") {
            continue;
        }
        let (Some(old), Some(new)) = (fields.next(), fields.next()) else { break };
        if let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) {
            found.push(Rename { old: old.to_owned(), new: new.to_owned() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::fixture::Fixture;

    #[test]
    fn renames_come_newest_first_and_from_where_they_are_asked() {
        let fixture = Fixture::new();
        let text = "one\ntwo\nthree\nfour\n";
        fixture.write("R x.py", text);
        fixture.write("other.py", "x = 1\n");
        fixture.commit("one");
        fixture.git(&["mv", "R x.py", "b ü.py"]);
        let second = fixture.commit("two");
        fixture.write("other.py", "x = 2\n");
        fixture.git(&["mv", "b ü.py", "c.py"]);
        let third = fixture.commit("three");
        let repo = Repo::discover(fixture.path()).unwrap();
        let pair = |old: &str, new: &str| Rename { old: old.into(), new: new.into() };
        let all = [pair("b ü.py", "c.py"), pair("R x.py", "b ü.py")];
        assert_eq!(repo.renames(&third, None, None, 100).unwrap(), all);
        assert_eq!(repo.renames(&third, Some(&second), None, 100).unwrap(), all[..1]);
        assert_eq!(repo.renames(&third, None, None, 1).unwrap(), all[..1]);
        assert_eq!(repo.renames(&third, None, Some(4_000_000_000), 100).unwrap(), []);
    }
}
