use std::fs;
use std::io;
use std::path::PathBuf;

/// How far a file has been shipped; kept across restarts.
pub struct Checkpoint {
    path: PathBuf,
    offset: u64,
}

impl Checkpoint {
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let offset = match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Checkpoint { path, offset })
    }

    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Keeps an offset; it is on disk when this returns.
    pub fn advance(&mut self, offset: u64) -> io::Result<()> {
        let fresh = self.path.with_extension("new");
        fs::write(&fresh, offset.to_string())?;
        fs::rename(&fresh, &self.path)?;
        self.offset = offset;
        Ok(())
    }
}
