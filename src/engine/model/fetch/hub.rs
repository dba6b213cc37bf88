//! Downloads from a model hub through hf-hub, on a thread of its own: the
//! client has no time limits, so the caller watches and leaves it behind.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

use hf_hub::api::sync::{ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};

use super::{CACHE, FetchError, Sources, chain};
use crate::engine::model::manifest::{File, Hub, is_plain_name, is_sha256};
use crate::engine::model::{ModelError, Progress, disk};

pub enum HubError {
    /// It cannot be reached; asking again in this run is no use.
    Silent(String),
    /// What an earlier run left does not fit the file; it must begin anew.
    Stale,
    Other(FetchError),
}

impl From<ModelError> for HubError {
    fn from(error: ModelError) -> Self {
        Self::Other(error.into())
    }
}

enum Event {
    Announced { size: u64, etag: String },
    Bytes(usize),
    Done(Result<PathBuf, ApiError>),
}

/// Fetches one file; begins anew when what an earlier run left does not fit.
pub fn fetch(
    sources: &Sources,
    hub: &Hub,
    file: &File,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<(u64, String, Option<String>), HubError> {
    match transfer(sources, hub, file, folder, progress) {
        Err(HubError::Stale) => {
            let cache = folder.join(CACHE);
            std::fs::remove_dir_all(&cache).map_err(ModelError::io("remove", &cache))?;
            transfer(sources, hub, file, folder, progress)
        }
        outcome => outcome,
    }
}

/// Fetches into `folder/<name>.part`. Returns its size, SHA-256 and,
/// where the hub says it, the SHA-256 that it should have. What a broken
/// transfer left in the cache is taken up again by the next one.
fn transfer(
    sources: &Sources,
    hub: &Hub,
    file: &File,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<(u64, String, Option<String>), HubError> {
    let cache = folder.join(CACHE);
    let api = ApiBuilder::from_cache(Cache::new(cache.clone()))
        .with_endpoint(sources.hub.trim_end_matches('/').to_owned())
        .with_progress(false)
        .build()
        .map_err(|e| HubError::Silent(chain(&e)))?;
    let remote = Repo::with_revision(hub.repo.clone(), RepoType::Model, hub.revision.clone());

    let (events, seen) = channel();
    let (go, gone_ahead) = channel();
    let path = hub.path.clone();
    std::thread::spawn(move || {
        let done = run(&api, remote, &path, &events, &gone_ahead);
        // Nobody listens any more when the caller gave up.
        let _ = events.send(Event::Done(done));
    });

    let mut wait = sources.answer;
    let mut known: Option<(u64, String)> = None;
    let mut bytes = 0;
    let blob = loop {
        match seen.recv_timeout(wait) {
            Ok(Event::Announced { size, etag }) => {
                let resumed = disk::size_below(&cache);
                disk::require_space(folder, size.saturating_sub(resumed))?;
                progress.start(&file.name, &format!("hub {}", hub.repo), Some(size));
                known = Some((size, etag));
                wait = sources.stall;
                let _ = go.send(());
            }
            Ok(Event::Bytes(more)) => {
                bytes += more as u64;
                progress.advance(bytes);
            }
            Ok(Event::Done(Ok(path))) => break path,
            Ok(Event::Done(Err(error))) => return Err(failure(error, &cache, file, known)),
            Err(RecvTimeoutError::Timeout) if known.is_none() => {
                return Err(HubError::Silent(format!(
                    "{} did not answer within {} s",
                    sources.hub,
                    sources.answer.as_secs()
                )));
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(HubError::Silent(format!(
                    "the transfer stood still for {} s; pull again to go on from there",
                    sources.stall.as_secs()
                )));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(HubError::Silent("the hub's answer made no sense".into()));
            }
        }
    };

    let part = disk::part_of(&folder.join(&file.name));
    let blob = blob.canonicalize().map_err(ModelError::io("find", &blob))?;
    std::fs::rename(&blob, &part).map_err(ModelError::io("rename", &blob))?;
    let written = std::fs::metadata(&part).map_err(ModelError::io("read", &part))?.len();
    progress.start(&file.name, "disk (checksum)", Some(written));
    let (size, sha256) = disk::hash_file(&part, progress)?;
    let etag = known.map(|(_, etag)| etag).filter(|e| is_sha256(e));
    Ok((size, sha256, etag))
}

fn run(
    api: &hf_hub::api::sync::Api,
    remote: Repo,
    path: &str,
    events: &Sender<Event>,
    gone_ahead: &Receiver<()>,
) -> Result<PathBuf, ApiError> {
    let repo: ApiRepo = api.repo(remote);
    let metadata = api.metadata(&repo.url(path))?;
    // The client makes paths of both.
    let etag = metadata.etag().trim_start_matches("W/");
    if !is_plain_name(etag) || !is_plain_name(metadata.commit_hash()) {
        return Err(ApiError::InvalidHeader("etag"));
    }
    let announced =
        Event::Announced { size: metadata.size() as u64, etag: metadata.etag().to_owned() };
    if events.send(announced).is_err() || gone_ahead.recv().is_err() {
        return Err(std::io::Error::from(std::io::ErrorKind::Interrupted).into());
    }
    repo.download_with_progress(path, Reporter(events.clone()))
}

struct Reporter(Sender<Event>);

impl hf_hub::api::Progress for Reporter {
    fn init(&mut self, _size: usize, _filename: &str) {}
    fn update(&mut self, size: usize) {
        let _ = self.0.send(Event::Bytes(size));
    }
    fn finish(&mut self) {}
}

fn failure(error: ApiError, cache: &Path, file: &File, known: Option<(u64, String)>) -> HubError {
    let text = chain(&error);
    // hf-hub does not give its client's error type away; an answer with a
    // status reads "http status: 404".
    let answered = text.contains("http status");
    match (error, known) {
        (ApiError::IoError(e), Some((size, _))) if disk::is_full(&e) => {
            disk::write_error("write", &cache.join(&file.name), size, e).into()
        }
        (ApiError::InvalidResume, _) => HubError::Stale,
        (ApiError::RequestError(_), Some(_)) if text.contains("http status: 416") => {
            HubError::Stale
        }
        (ApiError::RequestError(_), None) if !answered => HubError::Silent(text),
        _ => HubError::Other(FetchError::Source(text)),
    }
}
