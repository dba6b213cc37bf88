//! Which model to run, and which to get.

use super::manifest::{Kind, Manifest, Manifests};
use super::{Installed, Machine, ModelError, ModelStore, Progress};
use crate::engine::llm::Smaller;

/// The language model of a setting: "auto" (the highest-ranked one installed,
/// `None` when there is none), "none", or a name that must be installed.
pub fn choose_llm(
    manifests: &Manifests,
    store: &ModelStore,
    setting: &str,
) -> Result<Option<(Manifest, Installed)>, ModelError> {
    choose(manifests, store, setting, Kind::Llm)
}

/// Likewise for the embedder.
pub fn choose_embedder(
    manifests: &Manifests,
    store: &ModelStore,
    setting: &str,
) -> Result<Option<(Manifest, Installed)>, ModelError> {
    choose(manifests, store, setting, Kind::Embedder)
}

fn choose(
    manifests: &Manifests,
    store: &ModelStore,
    setting: &str,
    kind: Kind,
) -> Result<Option<(Manifest, Installed)>, ModelError> {
    match setting {
        "none" => Ok(None),
        "auto" => Ok(manifests
            .ranked(kind)
            .into_iter()
            .find_map(|m| Some((m.clone(), store.installed(m)?)))),
        name => {
            let manifest = manifests.require(name)?;
            if manifest.kind != kind {
                return Err(ModelError::WrongKind {
                    name: name.to_owned(),
                    expected: kind.as_str(),
                    found: manifest.kind.as_str(),
                });
            }
            Ok(Some((manifest.clone(), store.require(manifest)?)))
        }
    }
}

/// A model that suits a machine, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick<'a> {
    pub manifest: &'a Manifest,
    pub why: String,
}

/// Part of the memory that a model may take: a compiler, an editor and a
/// browser run beside it.
const SHARE: f64 = 0.6;

/// The language models that suit a machine, the best first: those that fit its
/// memory, without the ones too slow for its processor. The smallest one is
/// always there, last. `most` is the memory in MB that a model may need where
/// that is less than the machine could spare.
pub fn pick_llms<'a>(
    manifests: &'a Manifests,
    machine: &Machine,
    most: Option<u64>,
) -> Vec<Pick<'a>> {
    let memory = machine.memory;
    // Where the size is unknown only what runs anywhere is picked.
    let share = memory.map_or(1000, |mb| (mb as f64 * SHARE) as u64);
    let room = most.map_or(share, |most| most.min(share));
    let limit = match memory {
        Some(_) if room == share => format!("{room} MB (60 %)"),
        _ => format!("{room} MB"),
    };
    let gpu = machine.has_usable_gpu();
    let have = match (memory, machine.gpu) {
        (Some(mb), Some(g)) if gpu => format!("{mb} MB of memory and {}", g.as_str()),
        (Some(mb), Some(g)) => {
            format!("{mb} MB of memory and {} that this build cannot use", g.as_str())
        }
        (Some(mb), None) => format!("{mb} MB of memory and no GPU"),
        (None, _) => "an unknown amount of memory".into(),
    };
    let all: Vec<_> = manifests.ranked(Kind::Llm).into_iter().filter(|m| m.suggest).collect();
    let mut picks: Vec<_> = all
        .iter()
        .filter(|m| m.memory <= room && (gpu || !m.needs_gpu))
        .map(|m| Pick {
            manifest: m,
            why: format!(
                "this machine has {have}; {} needs {} MB, and at most {limit} are to be taken",
                m.name, m.memory
            ),
        })
        .collect();
    if let Some(smallest) = all.iter().min_by_key(|m| m.memory)
        && !picks.iter().any(|p| p.manifest.name == smallest.name)
    {
        let why = format!("this machine has {have}; {} is the smallest there is", smallest.name);
        picks.push(Pick { manifest: smallest, why });
    }
    picks
}

/// The language models that need less memory than one, the best first: what to
/// name when that one does not fit.
pub fn smaller_llms(manifests: &Manifests, than: &Manifest) -> Vec<Smaller> {
    let all = manifests.ranked(Kind::Llm).into_iter();
    all.filter(|m| m.suggest && m.memory < than.memory)
        .map(|m| Smaller { name: m.name.clone(), memory: m.memory })
        .collect()
}

/// Gets the best language model that suits a machine and can be had: goes down
/// the list of [`pick_llms`] while no source answers. Says what it does.
pub fn pull_best_llm(
    manifests: &Manifests,
    store: &ModelStore,
    machine: &Machine,
    most: Option<u64>,
    progress: &mut dyn Progress,
) -> Result<(Manifest, Installed), ModelError> {
    let mut failure = None;
    // The hub is asked once; when no model comes from it, only those with
    // another source are left.
    let mut hub_answers = true;
    for pick in pick_llms(manifests, machine, most) {
        let hub_only = pick
            .manifest
            .files
            .iter()
            .any(|f| !f.sources.iter().any(|s| matches!(s, super::Source::Pip(_))));
        if hub_only && !hub_answers && store.installed(pick.manifest).is_none() {
            continue;
        }
        progress.note(&format!("picked {}: {}", pick.manifest.name, pick.why));
        match store.pull(pick.manifest, progress) {
            Ok(installed) => return Ok((pick.manifest.clone(), installed)),
            Err(error @ ModelError::Unavailable { .. }) => {
                hub_answers &= !hub_only;
                failure = Some(error);
            }
            Err(error @ ModelError::DiskFull { .. }) => {
                progress.note(&error.to_string());
                failure = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(failure.unwrap_or_else(|| ModelError::Unknown { name: "auto".into(), known: vec![] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Assets;

    fn first(memory: u64, gpu: Option<super::super::Gpu>) -> String {
        let manifests = Manifests::load(&Assets::builtin()).unwrap();
        pick_llms(&manifests, &Machine { memory: Some(memory), gpu }, None)[0].manifest.name.clone()
    }

    #[test]
    fn the_pick_grows_with_the_memory_and_says_why() {
        assert_eq!(first(300, None), "smollm2-135m");
        assert_eq!(first(2_000, None), "qwen2.5-coder-0.5b");
        assert_eq!(first(4_000, None), "qwen2.5-coder-1.5b");
        assert_eq!(first(16_000, None), "qwen3-4b");
        assert_eq!(first(64_000, None), "qwen3-coder-30b-a3b");
        let manifests = Manifests::load(&Assets::builtin()).unwrap();
        let machine = Machine { memory: Some(16_000), gpu: None };
        let why = &pick_llms(&manifests, &machine, None)[0].why;
        assert!(why.contains("16000 MB of memory and no GPU"), "{why}");
        assert!(why.contains("at most 9600 MB (60 %)"), "{why}");
    }

    #[test]
    fn a_wish_for_a_small_model_is_not_said_of_the_machine() {
        let manifests = Manifests::load(&Assets::builtin()).unwrap();
        let machine = Machine { memory: Some(64_000), gpu: None };
        let pick = &pick_llms(&manifests, &machine, Some(1_500))[0];
        assert_eq!(pick.manifest.name, "qwen2.5-coder-0.5b");
        assert!(pick.why.contains("64000 MB of memory"), "{}", pick.why);
        assert!(pick.why.contains("at most 1500 MB are to be taken"), "{}", pick.why);
        // What the machine cannot spare stays out all the same.
        let machine = Machine { memory: Some(1_000), gpu: None };
        let pick = &pick_llms(&manifests, &machine, Some(1_500))[0];
        assert_eq!(pick.manifest.name, "smollm2-135m");
    }

    #[test]
    fn smaller_models_are_named_the_best_first() {
        let manifests = Manifests::load(&Assets::builtin()).unwrap();
        let than = manifests.get("qwen2.5-coder-1.5b").unwrap();
        let names: Vec<_> = smaller_llms(&manifests, than).into_iter().map(|m| m.name).collect();
        assert_eq!(names, ["qwen2.5-coder-0.5b", "smollm2-135m"]);
        let smallest = manifests.get("smollm2-135m").unwrap();
        assert!(smaller_llms(&manifests, smallest).is_empty());
    }

    #[test]
    fn the_smallest_model_is_always_among_the_picks() {
        let manifests = Manifests::load(&Assets::builtin()).unwrap();
        for memory in [None, Some(1), Some(1_000_000)] {
            let picks = pick_llms(&manifests, &Machine { memory, gpu: None }, None);
            assert_eq!(picks.last().unwrap().manifest.name, "smollm2-135m");
            assert!(picks.iter().all(|p| p.manifest.licence != "Qwen-Research"));
        }
    }
}
