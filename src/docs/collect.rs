//! Gets the passages of an installed package: out of the database, or by reading it.

use std::io;
use std::sync::{Arc, PoisonError};

use super::database::{Collection, Content};
use super::read::Reader;
use super::resolve::Resolved;
use super::{Docs, DocsError};

impl Docs {
    /// Reads a package, unless it is kept as it is now. Whether it can be read is
    /// found out once.
    pub(super) fn collect(&self, resolved: &Resolved) -> Result<Collection, DocsError> {
        let package = &resolved.package;
        let root = package.root.label();
        let unreadable = |source: Arc<io::Error>| DocsError::Unreadable {
            package: package.label(),
            path: package.root.path().to_owned(),
            source,
        };
        // Held while reading, so that agents which ask at once read it once.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(&root) {
            return known.clone().map_err(unreadable);
        }
        match self.read_package(resolved, &root)? {
            Ok(collection) => {
                read.insert(root, Ok(collection.clone()));
                Ok(collection)
            }
            Err(source) => {
                let source = Arc::new(source);
                read.insert(root, Err(Arc::clone(&source)));
                Err(unreadable(source))
            }
        }
    }

    /// As [`Self::collect`]. The inner failure is the package's, the outer one ours.
    fn read_package(
        &self,
        resolved: &Resolved,
        root: &str,
    ) -> Result<io::Result<Collection>, DocsError> {
        let package = &resolved.package;
        let ecosystem = &self.ecosystems.all[resolved.ecosystem];
        let reader = Reader {
            ecosystem,
            reading: &self.ecosystems.reading,
            languages: &self.languages,
            limits: &self.limits,
        };
        let listing = match reader.list(package) {
            Ok(listing) => listing,
            Err(error) => return Ok(Err(error)),
        };
        let mut stamp = blake3::Hasher::new();
        stamp.update(listing.stamp.as_bytes());
        for part in [&self.ecosystems.digest, &self.languages.digest(), &package.version] {
            stamp.update(part.as_bytes());
        }
        let stamp = stamp.finalize();
        if let Some(kept) = self.database.at_root(root, stamp.as_bytes(), self.machine.now)? {
            return Ok(Ok(kept));
        }
        let contents = match reader.contents(package, &listing) {
            Ok(contents) => contents,
            Err(error) => return Ok(Err(error)),
        };
        let content = Content {
            ecosystem: &ecosystem.name,
            name: &package.name,
            version: &package.version,
            files: contents.files,
            passages: &contents.passages,
            note: &contents.left_out.join("; "),
        };
        let (most, now) = (self.limits.max_bytes, self.machine.now);
        Ok(Ok(self.database.put_at_root(root, stamp.as_bytes(), &content, most, now)?))
    }
}
