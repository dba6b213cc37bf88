//! Packs what was fetched into one zip file of NDJSON with a manifest, which
//! anyone can read without this program.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::state::{Part, Work};
use super::{ExportError, World};

/// Number of the bundle's layout.
const LAYOUT: u32 = 1;
/// Size from which an entry needs the wider form of zip, in bytes; below the limit
/// of 4 GiB, for what deflates to more than it was.
const WIDE: u64 = 4_000_000_000;

/// Writes the bundle and returns its size in bytes. Its bytes follow from what was
/// fetched and from when the export was begun, and from nothing else.
pub(super) fn pack(work: &Work, bundle: &Path, world: &World<'_>) -> Result<u64, ExportError> {
    (world.progress)("packing");
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ExportError::Io { path, source }
    };
    let mut files = serde_json::Map::new();
    for part in Part::ALL {
        let path = work.path(part);
        let size = work.size(part);
        let digest = digest(&path).map_err(io(&path))?;
        files.insert(
            part.file().to_owned(),
            json!({ "records": size.records, "bytes": size.bytes, "sha256": digest }),
        );
    }
    let folder = match bundle.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let target = tempfile::NamedTempFile::new_in(folder).map_err(io(bundle))?;
    let mut zip = ZipWriter::new(target);
    let options = SimpleFileOptions::default();
    zip.start_file("manifest.json", options)?;
    let manifest = serde_json::to_vec_pretty(&manifest(work, files))
        .map_err(|source| ExportError::State { path: bundle.to_owned(), source })?;
    zip.write_all(&manifest).map_err(io(bundle))?;
    for part in Part::ALL {
        let path = work.path(part);
        zip.start_file(part.file(), options.large_file(work.size(part).bytes >= WIDE))?;
        let mut file = File::open(&path).map_err(io(&path))?;
        io::copy(&mut file, &mut zip).map_err(io(bundle))?;
    }
    let target = zip.finish()?;
    target.as_file().sync_all().map_err(io(bundle))?;
    let size = target.as_file().metadata().map_err(io(bundle))?.len();
    target.persist_noclobber(bundle).map_err(|e| match e.error.kind() {
        io::ErrorKind::AlreadyExists => ExportError::Exists(bundle.to_owned()),
        _ => io(bundle)(e.error),
    })?;
    Ok(size)
}

fn manifest(work: &Work, files: serde_json::Map<String, Value>) -> Value {
    let state = &work.state;
    let started = jiff::Timestamp::from_second(state.started).unwrap_or_default();
    json!({
        "forewarn_bundle": LAYOUT,
        "program": concat!("forewarn ", env!("CARGO_PKG_VERSION")),
        "api": "0",
        "server": state.asked.url,
        "organization": state.asked.org,
        "projects": state.asked.projects,
        "begun": started.to_string(),
        "query": state.asked.query,
        "since": state.asked.since,
        "events_per_issue": state.asked.events,
        "files": files,
        "scrubbed": state.scrubbed,
        "left_out": state.left_out,
    })
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
