use std::fs;
use std::io;
use std::path::PathBuf;

/// How far a file has been shipped; kept across restarts.
pub struct Checkpoint {
    path: PathBuf,
    offset: u64,
    kept: u64,
}

impl Checkpoint {
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let offset = match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Checkpoint { path, offset, kept: offset })
    }

    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Moves on in memory only; see `commit` and `rollback`.
    pub fn advance(&mut self, offset: u64) -> io::Result<()> {
        if offset < self.kept {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "checkpoint goes backwards"));
        }
        self.offset = offset;
        Ok(())
    }

    /// Keeps the offset; it is on disk when this returns.
    pub fn commit(&mut self) -> io::Result<()> {
        let fresh = self.path.with_extension("new");
        fs::write(&fresh, self.offset.to_string())?;
        fs::rename(&fresh, &self.path)?;
        self.kept = self.offset;
        Ok(())
    }

    /// Back to what was kept last.
    pub fn rollback(&mut self) {
        self.offset = self.kept;
    }
}
