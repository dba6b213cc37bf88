//! `forewarn eval inputs`: what decides the findings of this program. An evaluation
//! asks the program that it runs, which may be another build.

use std::collections::BTreeMap;
use std::io::Write;

use crate::agent::Prompts;
use crate::cli::{Context, Exit, Outcome, output};
use crate::engine::model::{self, Manifests, ModelStore};
use crate::eval::{Inputs, LlmInput};
use crate::lang::Languages;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: Args, context: &Context) -> Outcome {
    let mut out = context.output();
    output::json(&mut out, &inputs(context)?)?;
    out.flush()?;
    Ok(Exit::Success)
}

fn inputs(context: &Context) -> anyhow::Result<Inputs> {
    let config = &context.config;
    let (manifests, store) =
        (Manifests::load(&context.assets)?, ModelStore::new(&context.data_dir));
    let endpoint = &config.endpoint;
    let llm = if !endpoint.url.is_empty() && config.model.llm == "auto" {
        // What a server computes with is not known from here.
        let (name, digest) = (endpoint.model.clone(), endpoint.url.clone());
        Some(LlmInput { name, digest, judges: endpoint.judges, local: false })
    } else {
        let chosen = model::choose_llm(&manifests, &store, &config.model.llm)?;
        chosen.map(|(manifest, installed)| LlmInput {
            name: manifest.name.clone(),
            digest: installed.digest().to_owned(),
            judges: manifest.judges,
            local: true,
        })
    };
    let embedder = model::choose_embedder(&manifests, &store, &config.model.embedder)?;
    let languages = Languages::load(&context.assets)?;
    let mut data = BTreeMap::from([
        ("prompts".to_owned(), Prompts::load(&context.assets)?.digest().to_owned()),
        ("languages".to_owned(), languages.digest()),
    ]);
    // Rules and tables beside the languages' own files.
    let mut hasher = blake3::Hasher::new();
    for path in context.assets.list("grammars")? {
        let text = context.assets.read(&path)?.text;
        for part in [path.as_bytes(), text.as_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    data.insert("grammars".to_owned(), hasher.finalize().to_hex()[..16].to_owned());
    Ok(Inputs {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("FOREWARN_COMMIT").map(str::to_owned),
        settings: serde_json::to_value(config)?,
        llm,
        embedder: embedder.map(|(m, installed)| format!("{} {}", m.name, installed.digest())),
        data,
    })
}
