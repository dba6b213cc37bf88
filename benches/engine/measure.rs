//! Tokens per second, load time and memory of one model.

use std::io::Read;
use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use forewarn::engine::Message;
use serde_json::{Value, json};

use super::Model;
use super::ours::{self, Ours};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    model: Model,
    /// Prompt lengths.
    #[arg(long, value_delimiter = ',', default_values_t = [512, 2048])]
    prefill: Vec<usize>,
    /// Tokens that are written.
    #[arg(long, default_value_t = 128)]
    decode: usize,
    /// Tokens that stand before what is written.
    #[arg(long, value_delimiter = ',', default_values_t = [0, 2048])]
    depth: Vec<usize>,
    /// Sequences written at once.
    #[arg(long, default_value_t = 3)]
    batch: usize,
}

pub fn run(args: &Args) -> anyhow::Result<Value> {
    let mut ours = Ours::open(&args.model.model, args.model.threads)?;
    // Touches every weight and wakes the threads.
    let warm = ours.prompt(64)?;
    ours.write(&warm, " yes")?;
    let mut rates = serde_json::Map::new();
    for &tokens in &args.prefill {
        let prompt = ours.prompt(tokens)?;
        let done = ours.write(&prompt, " yes")?;
        ensure!(done.prompt_tokens == tokens, "{} tokens for {tokens}", done.prompt_tokens);
        let computed = done.prompt_tokens - done.cached_tokens;
        rates.insert(format!("prefill {tokens}"), json!(rate(computed, done.prefill)));
    }
    for &depth in &args.depth {
        let prompt = ours.prompt(depth)?;
        ours.write(&prompt, " yes")?;
        // The first token comes out of the prefill.
        let text = ours.text(args.decode + 1);
        let done = ours.write(&prompt, &text)?;
        ensure!(done.completion_tokens == args.decode + 1, "{} written", done.completion_tokens);
        rates.insert(
            format!("decode {} at {depth}", args.decode),
            json!(rate(args.decode, done.decode)),
        );
        let together = together(&mut ours, &prompt, args)?;
        rates.insert(format!("batch {} at {depth}", args.batch), json!(together));
    }
    let peak = peak_memory()?;
    Ok(json!({ "rates": rates, "peak_mb": peak, "file_mb": megabytes(&args.model.model)? }))
}

fn rate(tokens: usize, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64()
}

/// Tokens per second of several sequences together, after one prompt.
fn together(ours: &mut Ours, prompt: &[Message], args: &Args) -> anyhow::Result<f64> {
    let texts: Vec<String> = (0..args.batch).map(|_| ours.text(args.decode + 1)).collect();
    let start = Barrier::new(args.batch);
    let ours = &*ours;
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = texts
            .iter()
            .map(|text| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    let began = Instant::now();
                    let done = ours.write(prompt, text)?;
                    ensure!(done.completion_tokens == args.decode + 1, "cut short");
                    Ok((began + done.prefill, began + done.prefill + done.decode))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("a sequence panicked"))
            .collect::<anyhow::Result<Vec<(Instant, Instant)>>>()
    })?;
    let first = times.iter().map(|t| t.0).min().context("no sequences")?;
    let last = times.iter().map(|t| t.1).max().context("no sequences")?;
    Ok(rate(args.batch * args.decode, last - first))
}

#[derive(clap::Args)]
pub struct LoadArgs {
    #[command(flatten)]
    model: Model,
    /// Takes the file out of the page cache before each.
    #[arg(long)]
    cold: bool,
}

pub fn load(args: &LoadArgs) -> anyhow::Result<Value> {
    let path = &args.model.model;
    let prepare = || if args.cold { forget(path) } else { read(path).map(drop) };
    prepare()?;
    let reading = read(path)?;
    prepare()?;
    let began = Instant::now();
    let llm = ours::open(path, args.model.threads)?;
    let loading = began.elapsed();
    drop(llm);
    Ok(json!({
        "read_s": reading.as_secs_f64(),
        "load_s": loading.as_secs_f64(),
        "peak_mb": peak_memory()?,
        "file_mb": megabytes(path)?,
    }))
}

/// Time to read a file from one end to the other.
fn read(path: &Path) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer)? > 0 {}
    Ok(began.elapsed())
}

#[cfg(target_os = "linux")]
fn forget(path: &Path) -> anyhow::Result<()> {
    use std::os::fd::AsRawFd;
    let file = std::fs::File::open(path)?;
    file.sync_all()?;
    // SAFETY: the descriptor is open; the call has no other demands.
    let code = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    ensure!(code == 0, "the page cache could not be told to forget the file: {code}");
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn forget(_: &Path) -> anyhow::Result<()> {
    anyhow::bail!("--cold works on Linux only")
}

/// Most memory this process has held, in MB.
pub fn peak_memory() -> anyhow::Result<Option<u64>> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(None) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let line = line.context("no VmHWM in /proc/self/status")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(Some(kilobytes / 1024))
}

fn megabytes(path: &Path) -> anyhow::Result<u64> {
    Ok(path.metadata()?.len() >> 20)
}
