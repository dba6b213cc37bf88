//! Computes the benchmark's texts with our embedder; `run` beside this file asks
//! it and the peer in turn. The protocol is `peer.py`'s: after one pass to warm
//! up, each line on standard input computes all texts and prints the seconds.

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use forewarn::asset::Assets;
use forewarn::engine::model::{Manifests, ModelStore, Precision, Silent};
use forewarn::engine::{EmbedKind, embed};

#[derive(Parser)]
#[command(about = "Measures the embedder; benches/embed/run compares it with ONNX Runtime")]
struct Cli {
    /// Where models lie; pulled there if missing.
    data_dir: Option<PathBuf>,
    /// A JSON list of texts.
    texts: Option<PathBuf>,
    #[arg(default_value_t = 2)]
    threads: usize,
    #[arg(default_value = "single")]
    form: Form,
    /// Gets the vectors, as JSON.
    vectors: Option<PathBuf>,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Single,
    Int8,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let (Some(data_dir), Some(texts)) = (cli.data_dir, cli.texts) else {
        eprintln!("benches/embed/run compares the embedder with ONNX Runtime; see its README");
        return Ok(());
    };
    let mut manifest = Manifests::load(&Assets::builtin())?.require("all-minilm-l6-v2")?.clone();
    if let Some(embedding) = &mut manifest.embedding {
        embedding.precision = match cli.form {
            Form::Single => Precision::Single,
            Form::Int8 => Precision::Int8,
        };
    }
    let installed = ModelStore::new(&data_dir).pull(&manifest, &mut Silent)?;
    let model = embed::load(&manifest, &installed, cli.threads)?;
    let texts: Vec<String> = serde_json::from_str(&std::fs::read_to_string(texts)?)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = model.embed(&texts, EmbedKind::Passage)?;
    if let Some(path) = cli.vectors {
        std::fs::write(path, serde_json::to_string(&vectors)?)?;
    }
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        line?;
        let start = Instant::now();
        model.embed(&texts, EmbedKind::Passage)?;
        println!("{:.4}", start.elapsed().as_secs_f64());
    }
    Ok(())
}
