//! Evaluation: how good reviews are on changes of which the bugs are known.
//!
//! ```text
//! import, mine ─▶ dataset ─▶ prepare ─▶ program (a child) ─▶ record ─▶ score ─▶ compare, page, export
//! ```
//!
//! A case is made into a repository of two commits, and the program reviews it the
//! way its user runs it. What went wrong with a case is an outcome of its own and
//! never counts as "no bugs". `docs/evaluation.md` says how it is measured.

pub mod calibrate;
mod compare;
pub mod dataset;
mod export;
mod git;
pub mod import;
pub mod mine;
mod page;
mod prepare;
mod program;
mod record;
mod run;
pub mod score;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;

use crate::asset::{AssetError, Assets};
use crate::lang::Languages;

pub use compare::{Comparison, Delta, Verdict, compare};
pub use export::langfuse;
pub use page::page;
pub use prepare::Places;
pub use program::Program;
pub use record::{
    CaseRecord, Chosen, DatasetInfo, Inputs, Limits, LlmInput, Outcome, Predicted, REVIEWS, Run,
    RunInfo, Tokens,
};
pub use run::{Done, Plan, run};

/// Why an evaluation could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    #[error("could not read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} has a form that this version cannot read", path.display())]
    Form {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("{} holds no run", .0.display())]
    NotARun(PathBuf),
    #[error("another process is writing the run in {}", .0.display())]
    Busy(PathBuf),
    #[error("{} holds a run of another dataset, program or settings", .0.display())]
    Other(PathBuf),
    #[error("could not run {}", path.display())]
    Program {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} does not tell what decides its findings: {message}", path.display())]
    Inputs { path: PathBuf, message: String },
    #[error("a review was ended from outside")]
    Interrupted,
    #[error("the two runs cannot be compared: {0}")]
    Unlike(String),
    #[error("the descriptions could not be compared")]
    Engine(#[from] crate::engine::EngineError),
    #[error("the question to the judge could not be put")]
    Prompt(#[from] crate::agent::PromptError),
    #[error("the page could not be written")]
    Page(#[from] minijinja::Error),
}

/// The file of the kinds that are no guideline.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kinds {
    performance: Vec<String>,
}

/// The names that the cases of a dataset may use.
pub fn names(assets: &Assets, languages: &Languages) -> Result<dataset::Names, AssetError> {
    let own: Kinds =
        toml::from_str(include_str!("kinds.toml")).expect("kinds.toml is checked by a test");
    let mut kinds: BTreeSet<String> = own.performance.into_iter().collect();
    for path in assets.list("prompts/guidelines")? {
        let name = path.rsplit('/').next().and_then(|name| name.strip_suffix(".md"));
        kinds.extend(name.map(str::to_owned));
    }
    let languages = languages.iter().map(|l| l.name.clone()).collect();
    Ok(dataset::Names { kinds, languages })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_those_of_the_guidelines_and_of_performance() {
        let assets = Assets::builtin();
        let names = names(&assets, &Languages::load(&assets).unwrap()).unwrap();
        assert!(names.kinds.contains("null_dereference") && names.kinds.contains("n_plus_one"));
        assert!(names.languages.contains("python"));
    }
}
