//! Unified diffs against the head that put lines back or replace them.

/// Replaces head lines `start..start+gone` (1-based) by others; `gone` may be 0
/// to insert before `start`. The text must end in a line end and use `\n`, or
/// there is no patch: `git apply` would be confused.
pub(super) fn replace(
    path: &str,
    text: &str,
    start: u32,
    gone: u32,
    lines: &[String],
) -> Option<String> {
    const CONTEXT: usize = 3;
    let plain = |p: &str| p.chars().all(|c| !c.is_control() && c != '"' && c != '\\' && c != ' ');
    if !text.ends_with('\n') || text.contains('\r') || !plain(path) {
        return None;
    }
    let all: Vec<&str> = text.lines().collect();
    let (from, gone) = ((start as usize).checked_sub(1)?, gone as usize);
    if from + gone > all.len() {
        return None;
    }
    let before = &all[from.saturating_sub(CONTEXT)..from];
    let after = &all[from + gone..(from + gone + CONTEXT).min(all.len())];
    let around = before.len() + after.len();
    let first = from - before.len() + 1;
    let mut patch = format!(
        "--- a/{path}\n+++ b/{path}\n@@ -{first},{} +{first},{} @@\n",
        around + gone,
        around + lines.len()
    );
    let mut push = |mark: char, line: &str| {
        patch.push(mark);
        patch.push_str(line);
        patch.push('\n');
    };
    before.iter().for_each(|l| push(' ', l));
    all[from..from + gone].iter().for_each(|l| push('-', l));
    lines.iter().for_each(|l| push('+', l));
    after.iter().for_each(|l| push(' ', l));
    Some(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insertion_has_context_on_both_sides() {
        let patch = replace("a.py", "1\n2\n3\n4\n5\n", 3, 0, &["x".to_owned()]).unwrap();
        assert_eq!(patch, "--- a/a.py\n+++ b/a.py\n@@ -1,5 +1,6 @@\n 1\n 2\n+x\n 3\n 4\n 5\n");
        assert!(replace("a.py", "1\r\n", 1, 0, &[]).is_none());
        assert!(replace("a.py", "1\n", 3, 1, &[]).is_none());
    }
}
