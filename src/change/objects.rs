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

    /// Bytes of a blob by object id.
    pub fn blob(&self, id: &str) -> Result<Arc<[u8]>, ChangeError> {
        // The id goes into a line protocol, where a revision or a line break
        // would mean something else.
        if id.len() < 40 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
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
        let input = self.input.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        input.write_all(format!("{id}\n").as_bytes())?;
        input.flush()?;
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
}
