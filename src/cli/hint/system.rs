//! The next step after a failure of the system: of the disk, or of a path.

use std::error::Error;
use std::io::{self, ErrorKind};

use rusqlite::ErrorCode;

use crate::change::ChangeError;

type Dyn = dyn Error + 'static;

pub(super) const FULL: &str = "make room on the disk, or raise the limit on the size of files, and \
     run the command again; what was stored before is whole";

/// Whether nothing more could be written.
pub(super) fn is_full(cause: &Dyn) -> bool {
    let full = |error: &io::Error| {
        matches!(
            error.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
        )
    };
    if let Some(ChangeError::Git { stderr, .. }) = cause.downcast_ref() {
        // Git runs with messages in English.
        return ["No space left on device", "Disk quota exceeded", "File too large"]
            .iter()
            .any(|said| stderr.contains(said));
    }
    if let Some(error) = cause.downcast_ref::<rusqlite::Error>() {
        return match error.sqlite_error() {
            Some(error) if error.code == ErrorCode::DiskFull => true,
            // A limit on the size of files, or on an account, is told as such.
            Some(error) => WRITING.contains(&error.extended_code),
            None => false,
        };
    }
    cause.downcast_ref().is_some_and(full)
}

/// SQLite's codes of a write that failed: to a file, to make it longer or shorter, to
/// bring it to the disk, to make room for the shared index of the write-ahead log.
const WRITING: [i32; 4] = [
    rusqlite::ffi::SQLITE_IOERR_WRITE,
    rusqlite::ffi::SQLITE_IOERR_TRUNCATE,
    rusqlite::ffi::SQLITE_IOERR_FSYNC,
    rusqlite::ffi::SQLITE_IOERR_SHMSIZE,
];

/// What to do about a path that the system refuses.
pub(super) fn hint(cause: &Dyn) -> Option<String> {
    let help = match cause.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::NotFound => "correct the path; a relative one counts from the current folder",
        ErrorKind::PermissionDenied => {
            "see that your user may use the path (`ls -l` shows its rights)"
        }
        ErrorKind::IsADirectory => "name a file; this is a folder",
        ErrorKind::NotADirectory => "correct the path; a part of it is a file, not a folder",
        ErrorKind::ReadOnlyFilesystem => "name a path on a disk that can be written",
        _ => return None,
    };
    Some(help.to_owned())
}
