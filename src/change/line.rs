//! Whether a line stood in a file at some time.

use super::{ChangeError, Repo};

impl Repo {
    /// When what is known of the history of a commit begins: the time of its oldest root,
    /// in seconds since the epoch. In a shallow clone that is where it was cut off.
    pub fn begins(&self, head: &str) -> Result<Option<i64>, ChangeError> {
        let output = self.run(&["log", "--max-parents=0", "--format=%ct", head])?;
        let times = String::from_utf8_lossy(&output);
        Ok(times.lines().filter_map(|time| time.trim().parse().ok()).min())
    }

    /// Whether a line for which `is` holds was added to or removed from a file by one of
    /// the newest `commits` commits before and at `head` that changed it, of commits not
    /// older than `since` (seconds since the epoch). `paths` are the names of the file.
    /// Bytes that are not UTF-8 are replaced.
    pub fn had_line(
        &self,
        head: &str,
        paths: &[&str],
        since: Option<i64>,
        commits: usize,
        is: impl Fn(&str) -> bool,
    ) -> Result<bool, ChangeError> {
        let count = format!("--max-count={commits}");
        let since = since.map(|time| format!("--since={time}"));
        let mut args = vec![
            "log",
            "--format=",
            "--patch",
            "--unified=0",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            &count,
        ];
        args.extend(since.as_deref());
        args.extend([head, "--"]);
        let paths: Vec<String> = paths.iter().map(|p| format!(":(top,literal){p}")).collect();
        args.extend(paths.iter().map(String::as_str));
        let output = self.run(&args)?;
        let text = String::from_utf8_lossy(&output);
        let changed = |line: &&str| line.starts_with(['+', '-']);
        Ok(text.lines().filter(changed).any(|line| is(&line[1..])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::fixture::Fixture;

    #[test]
    fn lines_that_are_gone_are_found_within_the_bounds() {
        let fixture = Fixture::new();
        fixture.write("a[1].py", "x = 1\ny = 2\n");
        fixture.commit("one");
        fixture.write("a[1].py", "x = 2\n");
        fixture.write("other.py", "z = 9\n");
        let second = fixture.commit("two");
        let repo = Repo::discover(fixture.path()).unwrap();
        let had = |line: &str, since, commits| {
            repo.had_line(&second, &["a[1].py"], since, commits, |l| l == line).unwrap()
        };
        assert!(had("y = 2", None, 10) && had("x = 2", None, 1));
        assert!(!had("z = 9", None, 10) && !had("y = 3", None, 10));
        assert!(!had("y = 2", Some(4_000_000_000), 10));
    }
}
