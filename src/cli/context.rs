//! What every command starts from: the folder, the data files, the settings.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use etcetera::BaseStrategy;

use super::Global;
use super::error::Advice;
use super::output::Output;
use crate::asset::Assets;
use crate::change::Repo;
use crate::config::trust::{FILE, FOLDER, Grants, Offer};
use crate::config::{Color, Config, Layer, Layers, Setting};
use crate::docs::Machine;
use crate::engine::remote::{Remote, RemoteError};
use crate::store::Store;

/// Replaces the folder of the user's settings, prompts, grammars and manifests.
pub const CONFIG_DIR: &str = "FOREWARN_CONFIG_DIR";
/// Replaces the folder of models and of what the user trusts.
pub const DATA_DIR: &str = "FOREWARN_DATA_DIR";

/// The outside world of a command; the only place that reads the environment.
#[derive(Debug, Clone)]
pub struct Context {
    /// Folder the command runs in.
    pub folder: PathBuf,
    /// The user's configuration folder (`config.toml`, `prompts/`, `grammars/`, `models/`).
    pub config_dir: PathBuf,
    /// The user's data folder; models lie in `models/` below it.
    pub data_dir: PathBuf,
    pub assets: Assets,
    pub config: Config,
    /// Every setting with its source, as `forewarn config` shows it.
    pub settings: Vec<Setting>,
    /// What a person should know of how the settings were read, for example
    /// that the repository's own are not trusted.
    pub notices: Vec<String>,
    /// Whether `--verbose` was given.
    pub verbose: bool,
    /// What `--color` said, if anything.
    color: Option<Color>,
    repo: Option<Repo>,
    /// The endpoint's relay, started by the first review of this process: later
    /// ones find the network closed.
    endpoint: Arc<Mutex<Option<Arc<Remote>>>>,
}

impl Context {
    /// Reads the settings of all layers.
    pub fn new(global: &Global) -> anyhow::Result<Self> {
        let mut context = Self::bare(global)?;
        context.repo = Repo::discover(&context.folder).ok();
        let mut layers =
            Layers::defaults().file(Layer::User(context.user_file()), &context.user_file())?;
        context.assets = context.assets.with_layer(&context.config_dir);
        if let Some((worktree, offer)) = context.trusted() {
            if let Some(bytes) = &offer.settings {
                let file = worktree.join(FILE);
                let text = std::str::from_utf8(bytes)
                    .with_context(|| format!("{} is not UTF-8", file.display()))?;
                layers = layers.text(Layer::Repository(file), text)?;
            }
            if offer.folder {
                context.assets = context.assets.with_layer(worktree.join(FOLDER));
            }
        }
        for flag in &global.set {
            layers = layers.flag(flag)?;
        }
        context.config = layers.config();
        context.settings = layers.settings().to_vec();
        Ok(context)
    }

    /// Reads no file of the user or of a repository: for commands that must
    /// work however broken those are.
    pub fn bare(global: &Global) -> anyhow::Result<Self> {
        let folder = std::path::absolute(global.directory.as_deref().unwrap_or(Path::new(".")))
            .context("could not tell the current folder")?;
        if !folder.is_dir() {
            let what = format!("there is no folder {}", folder.display());
            return Err(Advice { what, help: "name another one with `-C DIR`".into() }.into());
        }
        if global.directory.is_some() {
            // As git has it: the file names of other arguments count from there.
            std::env::set_current_dir(&folder)
                .with_context(|| format!("could not enter {}", folder.display()))?;
        }
        let (config_dir, data_dir) = user_dirs()?;
        let layers = Layers::defaults();
        Ok(Self {
            folder,
            config_dir,
            data_dir,
            assets: Assets::builtin(),
            config: layers.config(),
            settings: layers.settings().to_vec(),
            notices: Vec::new(),
            verbose: global.verbose,
            color: global.color,
            repo: None,
            endpoint: Arc::default(),
        })
    }

    /// The same user and settings in another repository.
    pub fn at(&self, folder: &Path) -> anyhow::Result<Self> {
        let repo = Some(Repo::discover(folder)?);
        Ok(Self { folder: folder.to_owned(), repo, notices: Vec::new(), ..self.clone() })
    }

    /// The repository around the folder.
    pub fn repo(&self) -> anyhow::Result<Repo> {
        match &self.repo {
            Some(repo) => Ok(repo.clone()),
            None => Ok(Repo::discover(&self.folder)?),
        }
    }

    /// Its database, created on first use.
    pub fn store(&self, repo: &Repo) -> anyhow::Result<Store> {
        Ok(Store::open(&repo.state_dir().join("forewarn.db"))?)
    }

    /// Where packages and their documentation lie.
    pub fn machine(&self, repo: Option<&Repo>) -> Machine {
        Machine {
            database: self.data_dir.join("docs.db"),
            home: etcetera::home_dir().ok(),
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into())))
                .collect(),
            worktree: repo.and_then(|r| r.worktree.clone()),
            now: self.now(),
        }
    }

    /// Seconds since the epoch.
    pub fn now(&self) -> i64 {
        jiff::Timestamp::now().as_second()
    }

    /// A time as a person here reads it: `2026-01-31 14:05`.
    pub fn local(&self, seconds: i64) -> String {
        let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// The user's settings file, whether or not it exists.
    pub fn user_file(&self) -> PathBuf {
        self.config_dir.join("config.toml")
    }

    /// What the user agreed to, by repository.
    pub fn grants(&self) -> Grants {
        Grants::new(&self.data_dir)
    }

    /// The endpoint of the settings, if there is one and no local model is named
    /// in its place. The first call must come before the network is closed.
    pub fn endpoint(&self) -> anyhow::Result<Option<Arc<Remote>>> {
        let settings = &self.config.endpoint;
        if settings.url.is_empty() || self.config.model.llm != "auto" {
            return Ok(None);
        }
        let mut started = self.endpoint.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remote) = started.as_ref() {
            return Ok(Some(remote.clone()));
        }
        let wrong = |key, reason| RemoteError::Setting { key, reason };
        let api_key = match settings.api_key_env.as_str() {
            "" => None,
            name => match std::env::var(name) {
                Ok(key) => Some(key),
                Err(error) => return Err(wrong("endpoint.api_key_env", error.to_string()).into()),
            },
        };
        let certificates = match settings.ca_file.as_str() {
            "" => None,
            file => {
                let path = self.config_dir.join(file);
                let text = std::fs::read_to_string(path);
                Some(text.map_err(|error| wrong("endpoint.ca_file", error.to_string()))?)
            }
        };
        let program = std::env::current_exe().context("could not tell where this program lies")?;
        let remote = Arc::new(Remote::start(settings, &program, api_key, certificates)?);
        *started = Some(remote.clone());
        Ok(Some(remote))
    }

    /// Standard output, colored as the flag, else the setting, says.
    pub fn output(&self) -> Output {
        Output::new(self.color.unwrap_or(self.config.report.color))
    }

    /// The work tree and what it brings, if its user agreed to it.
    fn trusted(&mut self) -> Option<(PathBuf, Offer)> {
        let repo = self.repo.as_ref()?;
        let worktree = repo.worktree.clone()?;
        let outcome = Offer::read(&worktree).and_then(|offer| match offer {
            None => Ok(None),
            Some(offer) => Ok(Some((self.grants().allows(&repo.common_dir, &offer)?, offer))),
        });
        match outcome {
            Ok(None) => None,
            Ok(Some((true, offer))) => Some((worktree, offer)),
            Ok(Some((false, _))) => {
                self.notices.push(
                    "this repository brings its own settings or prompts, which are not used: \
                     read them, then run `forewarn trust`"
                        .to_owned(),
                );
                None
            }
            Err(error) => {
                self.notices.push(format!("this repository's own settings are not used: {error}"));
                None
            }
        }
    }
}

/// The user's configuration and data folders for this program.
fn user_dirs() -> anyhow::Result<(PathBuf, PathBuf)> {
    let given = |name: &str| -> anyhow::Result<Option<PathBuf>> {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(|value| {
                std::path::absolute(value).with_context(|| format!("{name} is not a path"))
            })
            .transpose()
    };
    let (config, data) = (given(CONFIG_DIR)?, given(DATA_DIR)?);
    if let (Some(config), Some(data)) = (&config, &data) {
        return Ok((config.clone(), data.clone()));
    }
    let base = etcetera::choose_base_strategy().with_context(|| {
        format!("could not tell the home folder: set {CONFIG_DIR} and {DATA_DIR}")
    })?;
    Ok((
        config.unwrap_or_else(|| base.config_dir().join("forewarn")),
        data.unwrap_or_else(|| base.data_dir().join("forewarn")),
    ))
}
