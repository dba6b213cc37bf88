//! Reads objects by id through one long-lived `git cat-file --batch`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::repo::{failure, start_failure};
use super::{ChangeError, Repo};

/// The objects of a repository; safe to share between threads.
#[derive(Debug)]
pub(super) struct Objects {
    repo: Repo,
    reader: Mutex<Option<Reader>>,
}

impl Objects {
    /// Starts nothing until the first object is read.
    pub fn new(repo: Repo) -> Self {
        Self { repo, reader: Mutex::new(None) }
    }

    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Bytes of a blob by object id.
    pub fn blob(&self, id: &str) -> Result<Arc<[u8]>, ChangeError> {
        if !is_id(id) {
            return Err(failure("cat-file", &format!("`{id}` is not an object id")));
        }
        let mut slot = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = false;
        loop {
            let mut reader = match slot.take() {
                Some(reader) => reader,
                None => {
                    fresh = true;
                    Reader::start(&self.repo)?
                }
            };
            match reader.read(id) {
                Ok(answer) => {
                    *slot = Some(reader);
                    return answer
                        .map(Into::into)
                        .map_err(|what| failure("cat-file", &format!("object {id} is {what}")));
                }
                // It died since its last answer: start it again, once.
                Err(_) if !fresh => {}
                Err(source) => {
                    return Err(ChangeError::Io { path: "git cat-file".into(), source });
                }
            }
        }
    }
}

impl Objects {
    /// Bytes of several blobs, in their order, `None` for one that cannot be
    /// read. They are asked for together: git reads on while one is taken, which
    /// halves the time of asking one by one.
    pub fn blobs(&self, ids: &[&str]) -> Vec<Option<Arc<[u8]>>> {
        let mut found: Vec<Option<Arc<[u8]>>> = Vec::with_capacity(ids.len());
        for group in ids.chunks(TOGETHER) {
            if group.iter().all(|id| is_id(id)) {
                let mut slot = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
                let reader = slot.take().map_or_else(|| Reader::start(&self.repo), Ok);
                if let Ok(mut reader) = reader
                    && let Ok(blobs) = reader.read_all(group)
                {
                    *slot = Some(reader);
                    found.extend(blobs);
                    continue;
                }
            }
            // Each by itself: the one at fault does not spoil the others.
            found.extend(group.iter().map(|id| self.blob(id).ok()));
        }
        found
    }
}

/// Objects asked for at once: their ids must fit into a pipe, for git reads no
/// more of them while its answers are not taken.
const TOGETHER: usize = 256;

/// Whether it can go into a line protocol, where a revision or a line break
/// would mean something else.
fn is_id(id: &str) -> bool {
    id.len() >= 40 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A running `git cat-file --batch`.
#[derive(Debug)]
struct Reader {
    child: Child,
    /// `None` only while it is being dropped.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Reader {
    fn start(repo: &Repo) -> Result<Self, ChangeError> {
        let mut child = repo
            .git()
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(start_failure)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                Ok(Self { child, input: Some(input), output: BufReader::new(output) })
            }
            _ => Err(failure("cat-file", "it was started without pipes")),
        }
    }

    /// Asks for one object. The outer error means that the process is gone, the
    /// inner one that the object is not a blob that it has.
    fn read(&mut self, id: &str) -> std::io::Result<Result<Vec<u8>, String>> {
        self.ask(&[id])?;
        self.take()
    }

    /// As [`Self::read`], of several; `None` for what is not a blob.
    fn read_all(&mut self, ids: &[&str]) -> std::io::Result<Vec<Option<Arc<[u8]>>>> {
        self.ask(ids)?;
        ids.iter().map(|_| Ok(self.take()?.ok().map(Into::into))).collect()
    }

    fn ask(&mut self, ids: &[&str]) -> std::io::Result<()> {
        let input = self.input.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        let lines: String = ids.iter().flat_map(|id| [id, "\n"]).collect();
        input.write_all(lines.as_bytes())?;
        input.flush()
    }

    fn take(&mut self) -> std::io::Result<Result<Vec<u8>, String>> {
        let mut header = String::new();
        self.output.read_line(&mut header)?;
        let fields: Vec<&str> = header.split_ascii_whitespace().collect();
        match fields[..] {
            [_, kind, size] => {
                let size: u64 = size.parse().map_err(|_| std::io::ErrorKind::InvalidData)?;
                let mut bytes = Vec::new();
                (&mut self.output).take(size).read_to_end(&mut bytes)?;
                let mut end = [0];
                self.output.read_exact(&mut end)?;
                if bytes.len() as u64 != size {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                Ok(if kind == "blob" { Ok(bytes) } else { Err(format!("a {kind}, not a file")) })
            }
            [_, what] => Ok(Err(what.to_owned())),
            _ => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Closing its input ends it; waiting leaves no zombie behind.
        self.input.take();
        if self.child.try_wait().ok().flatten().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::fixture::Fixture;

    #[test]
    fn a_reader_that_died_is_started_again() {
        let fixture = Fixture::new();
        fixture.write("a.txt", "a");
        fixture.commit("one");
        let id = fixture.git(&["rev-parse", "HEAD:a.txt"]);
        let objects = Objects::new(Repo::discover(fixture.path()).unwrap());
        assert_eq!(&*objects.blob(&id).unwrap(), b"a");
        {
            let mut slot = objects.reader.lock().unwrap();
            let reader = slot.as_mut().unwrap();
            reader.child.kill().unwrap();
            reader.child.wait().unwrap();
        }
        assert_eq!(&*objects.blob(&id).unwrap(), b"a");
    }

    #[test]
    fn several_are_read_in_order_and_a_missing_one_spoils_no_other() {
        let fixture = Fixture::new();
        for n in 0..600 {
            fixture.write(&format!("{n}.txt"), n.to_string().repeat(500));
        }
        let ids: Vec<String> = (0..600).map(|n| format!("HEAD:{n}.txt")).collect();
        fixture.commit("one");
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let all = fixture.git(&[&["rev-parse"], &names[..]].concat());
        let mut all: Vec<&str> = all.lines().collect();
        let gone = "1".repeat(40);
        all[300] = &gone;
        all[599] = "HEAD:1.txt";
        let objects = Objects::new(Repo::discover(fixture.path()).unwrap());
        let found = objects.blobs(&all);
        assert_eq!(found.len(), 600);
        for (n, bytes) in found.iter().enumerate() {
            match n {
                300 | 599 => assert!(bytes.is_none()),
                n => assert_eq!(bytes.as_deref(), Some(n.to_string().repeat(500).as_bytes())),
            }
        }
    }
}
