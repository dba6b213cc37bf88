//! Where measurements are kept: `<data folder>/qualified/`, a file for each model,
//! prompts and settings that bear on a verdict.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::config::{Config, KvCache};
use crate::engine::LlmInfo;

use super::Qualification;

/// What a measurement holds for: with any of it changed, it is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Hash of the weights, or of an endpoint's address and settings.
    pub digest: String,
    pub device: String,
    /// What the chat template gets besides the messages.
    pub template: String,
    pub kv_cache: KvCache,
    /// Hash of all prompts, the probes among them.
    pub prompts: String,
    /// Version of the program, whose own words stand in prompts.
    pub forewarn: String,
}

impl Key {
    pub fn new(info: &LlmInfo, prompts: &str, config: &Config) -> Self {
        Self {
            digest: info.digest.clone(),
            device: info.device.clone(),
            template: info.template.clone(),
            kv_cache: config.model.kv_cache,
            prompts: prompts.to_owned(),
            forewarn: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn file(&self) -> String {
        let hash = blake3::hash(json!(self).to_string().as_bytes()).to_hex();
        format!("{}.json", &hash[..16])
    }
}

/// What is known of a model's verdicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Known {
    Measured(Qualification),
    /// Nothing yet: a review found that all probes would take about that long.
    Slow {
        seconds: f64,
    },
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// For people; the key's digest counts.
    pub model: String,
    /// Seconds since the epoch.
    pub time: i64,
    pub key: Key,
    pub known: Known,
}

/// The records of one user.
#[derive(Debug, Clone)]
pub struct Records {
    folder: PathBuf,
}

impl Records {
    pub fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("qualified") }
    }

    /// What is known under a key. A file that is missing or cannot be read is nothing
    /// known: the measurement can be made again, and replaces it.
    pub fn get(&self, key: &Key) -> Option<Record> {
        let text = std::fs::read(self.folder.join(key.file())).ok()?;
        let record: Record = serde_json::from_slice(&text).ok()?;
        (record.key == *key).then_some(record)
    }

    /// Keeps a record in place of the one under its key, at once or not at all.
    pub fn put(&self, record: &Record) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let mut part = tempfile::NamedTempFile::new_in(&self.folder)?;
        part.write_all(&serde_json::to_vec_pretty(record)?)?;
        part.persist(self.folder.join(record.key.file()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Llm;
    use crate::engine::scripted::Scripted;

    #[test]
    fn a_record_is_found_again_under_its_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::new(folder.path());
        let llm = Scripted::new(true);
        let key = Key::new(llm.info(), "p", &Config::builtin());
        let record = Record {
            model: "scripted".into(),
            time: 1,
            key: key.clone(),
            known: Known::Slow { seconds: 600.0 },
        };
        assert_eq!(records.get(&key), None);
        records.put(&record).unwrap();
        assert_eq!(records.get(&key), Some(record));
        let mut config = Config::builtin();
        config.model.kv_cache = KvCache::I8;
        let other = LlmInfo { digest: "other".into(), ..llm.info().clone() };
        assert_eq!(records.get(&Key::new(llm.info(), "q", &Config::builtin())), None);
        assert_eq!(records.get(&Key::new(llm.info(), "p", &config)), None);
        assert_eq!(records.get(&Key::new(&other, "p", &Config::builtin())), None);
        std::fs::write(folder.path().join("qualified").join(key.file()), "{").unwrap();
        assert_eq!(records.get(&key), None);
    }
}
