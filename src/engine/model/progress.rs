//! How a download tells what it does; the command line draws it.

/// Sees a pull as it goes.
pub trait Progress {
    /// A transfer of `file` begins; `size` in bytes where known.
    fn start(&mut self, file: &str, origin: &str, size: Option<u64>);
    /// Bytes so far, of this transfer.
    fn advance(&mut self, bytes: u64);
    /// The transfer ended, well or not.
    fn finish(&mut self);
    /// Something a person should know, for example that a source did not answer.
    fn note(&mut self, message: &str);
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {
    fn start(&mut self, _file: &str, _origin: &str, _size: Option<u64>) {}
    fn advance(&mut self, _bytes: u64) {}
    fn finish(&mut self) {}
    fn note(&mut self, _message: &str) {}
}
