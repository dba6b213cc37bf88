//! Lays settings over each other and remembers where each value came from.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::{Address, Config, DEFAULTS};

/// Where a setting's value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    Default,
    /// The user's own file.
    User(PathBuf),
    /// The file of a repository that the user trusts.
    Repository(PathBuf),
    /// `--set` on the command line.
    Flag,
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => write!(f, "the defaults"),
            Self::User(path) | Self::Repository(path) => write!(f, "{}", path.display()),
            Self::Flag => write!(f, "--set"),
        }
    }
}

/// A place that a message can point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub layer: Layer,
    /// 1-based; `None` for a flag.
    pub line: Option<usize>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.layer)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("could not read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{place}: this is not valid TOML: {message}")]
    Syntax { place: Place, message: String },
    #[error("{place}: there is no setting `{key}`")]
    UnknownKey { place: Place, key: String, nearest: Option<String> },
    #[error("{place}: `{key}` cannot be {value}: {reason}")]
    Value { place: Place, key: String, value: String, reason: String },
    #[error("{place}: a repository may not set `{key}`: {reason}")]
    Denied { place: Place, key: String, reason: &'static str },
    #[error("`--set {0}` is not of the form KEY=VALUE")]
    Flag(String),
}

/// Keys that only the user sets, and why; one that ends with a dot stands for
/// its section.
const DENIED: [(&str, &str); 9] = [
    ("endpoint.", "it decides where your code is sent"),
    ("docs.", "it decides what is read of this machine"),
    ("sentry.snapshot", "it decides what is read of this machine"),
    ("model.llm", "it decides which model judges"),
    ("model.qualify_bar", "it decides which model judges"),
    ("model.qualify_floor", "it decides which model judges"),
    ("model.qualify_seconds", "it decides how much of this machine is used"),
    ("model.embedder", "it decides which model is loaded"),
    ("model.threads", "it decides how much of this machine is used"),
];

/// Lists that every layer adds to: they protect, so a later layer must not empty them.
const ADDED: [&str; 2] = ["sentry.scrub_keys", "sentry.scrub_values"];

/// Settings that are probabilities or shares.
const UNIT: [&str; 18] = [
    "review.min_confidence",
    "review.min_severity",
    "review.second_look",
    "review.dislike_similarity",
    "hook.block_at",
    "model.qualify_bar",
    "model.qualify_floor",
    "prior.impact_signature",
    "prior.removed_guard",
    "prior.lost_condition",
    "prior.lost_guard",
    "prior.late_check",
    "prior.rule",
    "prior.history_exposed",
    "prior.history_near",
    "prior.history_revived",
    "prior.history_anew",
    "prior.model",
];

/// One setting in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// `section.name`.
    pub key: String,
    pub value: Value,
    pub place: Place,
}

/// The layers merged so far.
#[derive(Debug, Clone)]
pub struct Layers {
    table: Table,
    settings: Vec<Setting>,
}

impl Layers {
    /// The defaults alone.
    pub fn defaults() -> Self {
        let table: Table = toml::from_str(DEFAULTS).expect("defaults.toml is checked by a test");
        let lines = lines_of_keys(DEFAULTS).unwrap_or_default();
        let settings = leaves(&table)
            .map(|(key, value)| Setting {
                place: Place {
                    layer: Layer::Default,
                    line: lines.iter().find(|(k, _)| *k == key).map(|(_, line)| *line),
                },
                key,
                value: value.clone(),
            })
            .collect();
        Self { table, settings }
    }

    /// Lays a file over the others; a missing one changes nothing.
    pub fn file(self, layer: Layer, path: &Path) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => self.text(layer, &text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(self),
            Err(source) => Err(ConfigError::Read { path: path.to_owned(), source }),
        }
    }

    /// Lays the text of a TOML file over the others.
    pub fn text(mut self, layer: Layer, text: &str) -> Result<Self, ConfigError> {
        let broken = |e: toml::de::Error| ConfigError::Syntax {
            place: Place { layer: layer.clone(), line: e.span().map(|s| line_at(text, s.start)) },
            message: e.message().to_owned(),
        };
        let lines = lines_of_keys(text).map_err(broken)?;
        let table: Table = toml::from_str(text).map_err(broken)?;
        for (key, value) in leaves(&table) {
            let line = lines.iter().find(|(k, _)| *k == key).map(|(_, line)| *line);
            self.set(&key, value.clone(), Place { layer: layer.clone(), line })?;
        }
        Ok(self)
    }

    /// Lays one `KEY=VALUE` over the others. The value is TOML; what does not
    /// parse as TOML is taken as a string.
    pub fn flag(mut self, text: &str) -> Result<Self, ConfigError> {
        let (key, value) =
            text.split_once('=').ok_or_else(|| ConfigError::Flag(text.to_owned()))?;
        let (key, value) = (key.trim(), value.trim());
        let value = toml::from_str::<Table>(&format!("value = {value}"))
            .ok()
            .filter(|table| table.len() == 1)
            .and_then(|mut table| table.remove("value"))
            .unwrap_or_else(|| Value::String(value.to_owned()));
        self.set(key, value, Place { layer: Layer::Flag, line: None })?;
        Ok(self)
    }

    fn set(&mut self, key: &str, value: Value, place: Place) -> Result<(), ConfigError> {
        let Some(at) = self.settings.iter().position(|s| s.key == key) else {
            let nearest = nearest(key, self.settings.iter().map(|s| s.key.as_str()));
            return Err(ConfigError::UnknownKey { place, key: key.to_owned(), nearest });
        };
        if let (Layer::Repository(_), Some((_, reason))) =
            (&place.layer, DENIED.iter().find(|(denied, _)| is_under(key, denied)))
        {
            return Err(ConfigError::Denied { place, key: key.to_owned(), reason });
        }
        let value = match (&self.settings[at].value, value) {
            (Value::Array(old), Value::Array(new)) if ADDED.contains(&key) => {
                let new = new.into_iter().filter(|v| !old.contains(v));
                Value::Array(old.iter().cloned().chain(new).collect())
            }
            (_, value) => value,
        };
        let mut table = self.table.clone();
        insert(&mut table, key, value.clone());
        // The whole is read back, so that the types of `Config` are the only
        // description of what a value may be.
        let fault = match table.clone().try_into::<Config>() {
            Err(e) => Some(e.message().trim().to_owned()),
            Ok(_) => out_of_range(key, &value).or_else(|| bad_address(key, &value, &place.layer)),
        };
        if let Some(reason) = fault {
            let value = value.to_string();
            return Err(ConfigError::Value { place, key: key.to_owned(), value, reason });
        }
        self.table = table;
        self.settings[at].value = value;
        self.settings[at].place = place;
        Ok(())
    }

    /// What the layers come to.
    pub fn config(&self) -> Config {
        self.table.clone().try_into().expect("each layer was read as a Config when it was laid")
    }

    /// Every setting with its value and where that came from, by key.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }
}

fn out_of_range(key: &str, value: &Value) -> Option<String> {
    let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64))?;
    (UNIT.contains(&key) && !(0.0..=1.0).contains(&number))
        .then(|| "it must lie from 0 to 1".to_owned())
}

/// Whether a key is one of [`DENIED`], or within its section.
fn is_under(key: &str, denied: &str) -> bool {
    key == denied.trim_end_matches('.') || (denied.ends_with('.') && key.starts_with(denied))
}

/// What is wrong with the address of an endpoint. A command line may come from
/// a repository's script, so it can only take the address away.
fn bad_address(key: &str, value: &Value, layer: &Layer) -> Option<String> {
    let url = value.as_str().filter(|url| key == "endpoint.url" && !url.is_empty())?;
    if *layer == Layer::Flag {
        return Some("only your own settings file may name an endpoint".to_owned());
    }
    Address::parse(url).err()
}

fn insert(table: &mut Table, key: &str, value: Value) {
    if let Some((section, name)) = key.split_once('.')
        && let Some(Value::Table(section)) = table.get_mut(section)
    {
        section.insert(name.to_owned(), value);
    }
}

/// Values by dotted key; a table that is empty, or that stands where a value
/// belongs, is found as an unknown or mistyped key.
fn leaves(table: &Table) -> impl Iterator<Item = (String, &Value)> {
    table.iter().flat_map(|(section, value)| match value {
        // An empty section stands for itself, so that a misspelt one is seen.
        Value::Table(inner) if inner.is_empty() => vec![(section.clone(), value)],
        Value::Table(inner) => inner
            .iter()
            .map(|(name, value)| (format!("{section}.{name}"), value))
            .collect::<Vec<_>>(),
        other => vec![(section.clone(), other)],
    })
}

/// Line of each key of a TOML text, by dotted key.
fn lines_of_keys(text: &str) -> Result<Vec<(String, usize)>, toml::de::Error> {
    let document = DeTable::parse(text)?;
    let mut found = Vec::new();
    for (section, value) in document.get_ref() {
        match value.get_ref() {
            DeValue::Table(inner) => {
                for name in inner.keys() {
                    let line = line_at(text, name.span().start);
                    found.push((format!("{}.{}", section.get_ref(), name.get_ref()), line));
                }
            }
            _ => found.push((section.get_ref().to_string(), line_at(text, section.span().start))),
        }
    }
    Ok(found)
}

fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|&&b| b == b'\n').count() + 1
}

/// The known key that a person most probably meant: the same last part, else
/// the most alike.
fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let alike = |a: &str, b: &str| similar::TextDiff::from_chars(a, b).ratio();
    known
        .map(|k| {
            let score = alike(key, k).max(alike(&last(key), &last(k)) * 0.95);
            (score, k)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.6)
        .map(|(_, k)| k.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> Layer {
        Layer::User("/home/a/config.toml".into())
    }

    fn message(error: ConfigError) -> String {
        error.to_string()
    }

    #[test]
    fn later_layers_win_and_each_value_knows_its_place() {
        let layers = Layers::defaults()
            .text(user(), "[review]\nmax_files = 7\nmin_severity = 0\n[hook]\nblock_at = 0.8\n")
            .unwrap()
            .text(Layer::Repository("/r/.forewarn.toml".into()), "review.max_files = 9")
            .unwrap()
            .flag("review.min_severity=0.25")
            .unwrap()
            .flag("report.format=json")
            .unwrap();
        let config = layers.config();
        assert_eq!(config.review.max_files, 9);
        assert_eq!(config.review.min_severity, 0.25);
        assert_eq!(config.hook.block_at, super::super::BlockAt::Severity(0.8));
        assert_eq!(config.report.format, super::super::Format::Json);
        let place =
            |key: &str| layers.settings().iter().find(|s| s.key == key).unwrap().place.to_string();
        assert_eq!(place("review.max_files"), "/r/.forewarn.toml:1");
        assert_eq!(place("hook.block_at"), "/home/a/config.toml:5");
        assert_eq!(place("review.min_severity"), "--set");
        assert!(place("index.max_embeddings").starts_with("the defaults:"));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_file_line_and_the_nearest_one() {
        let error = Layers::defaults().text(user(), "[review]\n\nmax_file = 3\n").unwrap_err();
        assert!(
            matches!(&error, ConfigError::UnknownKey { nearest: Some(n), .. } if n == "review.max_files")
        );
        assert_eq!(message(error), "/home/a/config.toml:3: there is no setting `review.max_file`");
        for (text, expected) in [
            ("max_steps = 2", Some("agent.max_steps")),
            ("[zzz]\nqqq = 1", None),
            ("[hook.block_at]\nx = 1", Some("")),
        ] {
            match (Layers::defaults().text(user(), text), expected) {
                (Err(ConfigError::UnknownKey { nearest, .. }), expected) => {
                    assert_eq!(nearest.as_deref(), expected);
                }
                (Err(ConfigError::Value { .. }), Some("")) => {}
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn wrong_types_and_ranges_name_file_and_line() {
        for (text, line, key) in [
            ("[review]\nmax_files = \"many\"", 2, "review.max_files"),
            ("[review]\nmax_files = -1", 2, "review.max_files"),
            ("\n\n[review]\nmin_severity = 5", 4, "review.min_severity"),
            ("[hook]\nblock_at = \"sometimes\"", 2, "hook.block_at"),
            ("[report]\nformat = \"html\"", 2, "report.format"),
            ("[review]\nignore = \"*.lock\"", 2, "review.ignore"),
        ] {
            match Layers::defaults().text(user(), text) {
                Err(ConfigError::Value { place, key: found, .. }) => {
                    assert_eq!((place.line, found.as_str()), (Some(line), key));
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        let error = Layers::defaults().text(user(), "[review]\nmax_files = \n").unwrap_err();
        assert!(message(error).starts_with("/home/a/config.toml:2: this is not valid TOML"));
    }

    #[test]
    fn a_repository_may_not_choose_the_model() {
        let text = "[model]\nllm = \"theirs\"";
        assert!(Layers::defaults().text(user(), text).is_ok());
        let error = Layers::defaults().text(Layer::Repository("r".into()), text).unwrap_err();
        assert!(matches!(error, ConfigError::Denied { .. }));
    }

    #[test]
    fn only_the_users_own_file_names_an_endpoint() {
        let text = "[endpoint]\nurl = \"http://gpu1:8000/v1\"\nmodel = \"m\"";
        let layers = Layers::defaults().text(user(), text).unwrap();
        assert_eq!(layers.config().endpoint.url, "http://gpu1:8000/v1");
        // A flag may turn it off.
        let off = layers.clone().flag("endpoint.url=\"\"").unwrap();
        assert_eq!(off.config().endpoint.url, "");
        let error = layers.flag("endpoint.url=http://other").unwrap_err();
        assert!(message(error).contains("only your own settings file"));
        // No key of the section is a repository's, whatever it trusts it with.
        for text in ["url = \"\"", "model = \"m\"", "judges = false", "api_key_env = \"HOME\""] {
            let text = format!("[endpoint]\n{text}");
            let error = Layers::defaults().text(Layer::Repository("r".into()), &text).unwrap_err();
            assert!(matches!(error, ConfigError::Denied { .. }), "{text}");
            assert!(message(error).contains("it decides where your code is sent"));
        }
        for text in ["url = \"gpu1:8000\"", "kind = \"ollama\"", "template = 1", "port = 1"] {
            let text = format!("[endpoint]\n{text}");
            assert!(Layers::defaults().text(user(), &text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_repository_may_not_say_where_documentation_is_read() {
        for text in ["places = [\"python=/home\"]", "max_seconds = 9", "enabled = false"] {
            let text = format!("[docs]\n{text}");
            assert!(Layers::defaults().text(user(), &text).is_ok(), "{text}");
            let error = Layers::defaults().text(Layer::Repository("r".into()), &text).unwrap_err();
            assert!(matches!(error, ConfigError::Denied { .. }), "{text}");
        }
    }

    #[test]
    fn lists_of_what_is_scrubbed_only_grow() {
        let layers = Layers::defaults()
            .text(user(), "[sentry]\nscrub_keys = [\"^a\"]")
            .unwrap()
            .text(Layer::Repository("r".into()), "[sentry]\nscrub_keys = [\"^b\", \"^a\"]")
            .unwrap()
            .flag("sentry.scrub_keys=[]")
            .unwrap();
        assert_eq!(layers.config().sentry.scrub_keys, ["^a", "^b"]);
    }

    #[test]
    fn flags_need_a_known_key_and_a_value() {
        assert!(matches!(Layers::defaults().flag("review"), Err(ConfigError::Flag(_))));
        assert!(matches!(Layers::defaults().flag("a.b=1"), Err(ConfigError::UnknownKey { .. })));
        let layers = Layers::defaults().flag("model.llm=qwen3-4b").unwrap();
        assert_eq!(layers.config().model.llm, "qwen3-4b");
        // A second key cannot ride along in a value.
        let layers = Layers::defaults().flag("model.llm=1\nother=2");
        assert_eq!(layers.unwrap().config().model.llm, "1\nother=2");
    }

    #[test]
    fn the_merge_of_nothing_is_the_defaults() {
        assert_eq!(Layers::defaults().config(), Config::builtin());
    }
}
