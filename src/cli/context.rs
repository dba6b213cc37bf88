//! What every command starts from: the folder, the data files, the settings.

use std::path::PathBuf;

use crate::asset::Assets;
use crate::change::Repo;
use crate::config::Config;
use crate::store::Store;

use super::Global;

/// The outside world of a command; the only place that reads the environment.
#[derive(Debug)]
pub struct Context {
    /// Folder the command runs in.
    pub folder: PathBuf,
    /// The user's configuration folder (`config.toml`, `prompts/`, `grammars/`, `models/`).
    pub config_dir: PathBuf,
    /// The user's data folder; models lie in `models/` below it.
    pub data_dir: PathBuf,
    pub assets: Assets,
    pub config: Config,
}

impl Context {
    pub fn new(_global: &Global) -> anyhow::Result<Self> {
        todo!()
    }
    /// The repository around the folder.
    pub fn repo(&self) -> anyhow::Result<Repo> {
        todo!()
    }
    /// Its database, created on first use.
    pub fn store(&self, _repo: &Repo) -> anyhow::Result<Store> {
        todo!()
    }
    /// Seconds since the epoch.
    pub fn now(&self) -> i64 {
        todo!()
    }
}
