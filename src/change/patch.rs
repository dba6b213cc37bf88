//! Reads a patch: a plain diff, or mails as `git format-patch` writes them.

use std::io::Read;
use std::path::Path;

use super::repo::{run, run_with_input};
use super::scratch::Scratch;
use super::{ChangeError, Repo};

/// A patch taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Patch {
    /// The words before the diff; of each mail, its subject and body.
    pub description: String,
    pub diff: Vec<u8>,
}

/// Reads a patch file; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ChangeError> {
    let io = |source| ChangeError::Io { path: path.to_owned(), source };
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(io)?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(io)
}

/// Takes a patch apart.
pub(super) fn open(repo: &Repo, scratch: &Scratch<'_>, bytes: &[u8]) -> Result<Patch, ChangeError> {
    let bytes = without_transport_returns(bytes);
    if is_mail(&bytes) {
        return mails(repo, scratch, &bytes);
    }
    let start = lines(&bytes).find(|(_, line)| starts_diff(line)).map_or(bytes.len(), |(at, _)| at);
    Ok(Patch {
        description: String::from_utf8_lossy(&bytes[..start]).trim().to_owned(),
        diff: bytes[start..].to_vec(),
    })
}

/// Splits a mailbox and takes each mail apart with git's own reader, which
/// knows MIME, encoded words and folded headers.
fn mails(repo: &Repo, scratch: &Scratch<'_>, bytes: &[u8]) -> Result<Patch, ChangeError> {
    let folder = scratch.file("mails");
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ChangeError::Write { path, source }
    };
    std::fs::create_dir_all(&folder).map_err(io(&folder))?;
    let mailbox = scratch.file("mailbox");
    std::fs::write(&mailbox, bytes).map_err(io(&mailbox))?;
    let mut split = repo.git();
    split.arg("mailsplit").arg("-b").arg("--keep-cr");
    split.arg({
        let mut option = std::ffi::OsString::from("-o");
        option.push(&folder);
        option
    });
    run(split.arg("--").arg(&mailbox), "mailsplit")?;
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .map_err(io(&folder))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let mut patch = Patch { description: String::new(), diff: Vec::new() };
    for file in files {
        let (message, diff) = (scratch.file("message"), scratch.file("diff"));
        let mut info = repo.git();
        info.args(["mailinfo", "--encoding=UTF-8", "--no-scissors", "--quoted-cr=nowarn"]);
        info.arg(&message).arg(&diff);
        let mail = std::fs::read(&file).map_err(io(&file))?;
        let headers = run_with_input(&mut info, "mailinfo", &mail)?;
        let headers = String::from_utf8_lossy(&headers).into_owned();
        let subject = headers.lines().find_map(|l| l.strip_prefix("Subject: ")).unwrap_or("");
        let body = std::fs::read(&message).map_err(io(&message))?;
        let words = format!("{}\n\n{}", subject.trim(), String::from_utf8_lossy(&body).trim());
        if !patch.description.is_empty() {
            patch.description.push_str("\n\n");
        }
        patch.description.push_str(words.trim());
        patch.diff.extend(std::fs::read(&diff).map_err(io(&diff))?);
    }
    Ok(patch)
}

/// Removes the carriage returns that a mail program or an editor put at the end
/// of every line. Where the headers of the diff have none, those in its lines
/// belong to the files.
fn without_transport_returns(bytes: &[u8]) -> Vec<u8> {
    let added = lines(bytes).any(|(_, line)| starts_diff(line) && line.ends_with(b"\r"));
    if !added {
        return bytes.to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len());
    for part in bytes.split_inclusive(|b| *b == b'\n') {
        match part.strip_suffix(b"\r\n") {
            Some(line) => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            None => out.extend_from_slice(part),
        }
    }
    out
}

/// Whether the text begins with the headers of a mail.
fn is_mail(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"From ") {
        return true;
    }
    let mut known = false;
    for (_, line) in lines(bytes) {
        if line.is_empty() {
            return known;
        }
        let name = line.split(|b| *b == b':').next().unwrap_or_default();
        let header = name.len() < line.len()
            && !name.is_empty()
            && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        let folded = line.first().is_some_and(|b| b.is_ascii_whitespace());
        if !header && !folded {
            return false;
        }
        known |= name == b"Subject" || name == b"From";
    }
    false
}

fn starts_diff(line: &[u8]) -> bool {
    line.starts_with(b"diff --git ") || line.starts_with(b"--- ") || line.starts_with(b"Index: ")
}

/// Lines without their line feed, each with where it starts.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes.split_inclusive(|b| *b == b'\n').map(move |part| {
        let start = at;
        at += part.len();
        (start, part.strip_suffix(b"\n").unwrap_or(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_returns_of_the_transport_are_removed() {
        let transport = b"--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n";
        assert_eq!(
            without_transport_returns(transport),
            b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
        );
        let content = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\r\n+b\r\n";
        assert_eq!(without_transport_returns(content), content);
    }

    #[test]
    fn mails_are_told_from_diffs() {
        assert!(is_mail(b"From 123 Mon Sep 17 00:00:00 2001\nFrom: Ada\n"));
        assert!(is_mail(b"From: Ada <a@b>\nSubject: [PATCH] x\n y\n\nbody\n"));
        assert!(!is_mail(b"diff --git a/x b/x\n"));
        assert!(!is_mail(b"commit 123\nAuthor: Ada\n\n    words\n"));
        assert!(!is_mail(b"Index: x\n=====\n\n--- x\n"));
        assert!(!is_mail(b""));
    }
}
