//! Runs the program itself on a case, the way its user does, as a child process:
//! what goes wrong there is an outcome of the case and ends nothing else.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::EvalError;
use super::prepare::Prepared;
use super::record::{Inputs, Limits, Outcome, Predicted, Tokens};
use crate::change::Repo;
use crate::plain;
use crate::review::Review;

/// Longest pause between two looks at whether a review has ended.
const PAUSE: Duration = Duration::from_millis(20);
/// Characters of a failure's words that are kept.
const WORDS: usize = 600;

/// The program that is evaluated, and with which settings.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    /// Name of the variable that names the folder of settings, and the folder;
    /// `None` leaves the user's own.
    pub config_dir: Option<(&'static str, PathBuf)>,
    /// `KEY=VALUE` each.
    pub set: Vec<String>,
}

/// Files that a review leaves in the run's folder.
pub(super) struct Files {
    pub report: PathBuf,
    pub errors: PathBuf,
    pub trace: PathBuf,
}

/// How a review ended.
pub(super) struct Ended {
    pub outcome: Outcome,
    pub seconds: f64,
    pub review: Option<Review>,
}

impl Program {
    /// What decides its findings, by its own words. `folder` must be outside of
    /// any repository: one may bring settings.
    pub fn inputs(&self, folder: &Path) -> Result<Inputs, EvalError> {
        let mut command = self.command(folder);
        let output = command
            .args(["eval", "inputs"])
            .stdin(Stdio::null())
            .output()
            .map_err(|source| EvalError::Program { path: self.path.clone(), source })?;
        if !output.status.success() {
            let message = last_words(&String::from_utf8_lossy(&output.stderr));
            return Err(EvalError::Inputs { path: self.path.clone(), message });
        }
        serde_json::from_slice(&output.stdout).map_err(|error| EvalError::Inputs {
            path: self.path.clone(),
            message: format!("its words were not understood: {error}"),
        })
    }

    /// Hash of the program's file: 16 hexadecimal digits.
    pub fn digest(&self) -> Result<String, EvalError> {
        let failed = |source| EvalError::Program { path: self.path.clone(), source };
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(&self.path).map_err(failed)?).map_err(failed)?;
        Ok(hasher.finalize().to_hex()[..16].to_owned())
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.path);
        Repo::forget_caller(&mut command);
        if let Some((name, folder)) = &self.config_dir {
            command.env(name, folder);
        }
        command.current_dir(folder);
        for set in &self.set {
            command.arg("--set").arg(set);
        }
        command
    }

    /// Reviews a case in a folder that [`Prepared::open`] made. An error is one of
    /// this machine, or that somebody ended the review: the case has no outcome then.
    pub(super) fn review(
        &self,
        case: &Prepared,
        folder: &Path,
        threads: Option<usize>,
        limits: Limits,
        files: &Files,
    ) -> Result<Ended, EvalError> {
        let mut command = self.command(folder);
        // The user's own snapshot is not the case's history.
        command.args(["--set", "sentry.snapshot="]);
        if let Some(threads) = threads {
            command.arg("--set").arg(format!("model.threads={threads}"));
        }
        if limits.tokens > 0 {
            // Stops the agents once it is passed; `judge` then finds that it was.
            command.arg("--set").arg(format!("review.max_tokens={}", limits.tokens));
        }
        command.args(["review", "base..head", "--format", "json"]);
        if let Some(snapshot) = &case.sentry {
            command.arg("--sentry").arg(snapshot);
        }
        let created = |path: &Path| {
            File::create(path).map_err(|source| EvalError::Write { path: path.to_owned(), source })
        };
        let (report, errors) = (created(&files.report)?, created(&files.errors)?);
        command.stdin(Stdio::null()).stdout(report).stderr(errors);
        let start = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|source| EvalError::Program { path: self.path.clone(), source })?;
        let status = wait(&mut child, start + Duration::from_secs_f64(limits.seconds))
            .map_err(|source| EvalError::Program { path: self.path.clone(), source })?;
        let seconds = (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let (outcome, review) = match status {
            None => (Outcome::TimedOut { seconds: limits.seconds }, None),
            Some(status) => judge(status, limits, files)?,
        };
        if review.is_some() {
            self.trace(folder, files);
        }
        Ok(Ended { outcome, seconds, review })
    }

    /// Keeps the story of the review; a case is not worth less without it.
    fn trace(&self, folder: &Path, files: &Files) {
        let Ok(file) = File::create(&files.trace) else { return };
        let mut command = self.command(folder);
        command.args(["show", "last", "--trace", "--color", "never"]).stdin(Stdio::null());
        let told = command.stdout(file).stderr(Stdio::null()).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = std::fs::remove_file(&files.trace);
        }
    }
}

/// Waits for a child; after the deadline it is ended, and there is no status.
fn wait(child: &mut Child, deadline: Instant) -> std::io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // Fails only if it ended just now.
            let _ = child.kill();
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(PAUSE);
    }
}

fn judge(
    status: ExitStatus,
    limits: Limits,
    files: &Files,
) -> Result<(Outcome, Option<Review>), EvalError> {
    let read = |path: &Path| std::fs::read(path).unwrap_or_default();
    let words = || last_words(&String::from_utf8_lossy(&read(&files.errors)));
    let outcome = match status.code() {
        Some(0 | 1) => match serde_json::from_slice::<Review>(&read(&files.report)) {
            Err(error) => {
                Outcome::Failed { reason: format!("its report has another form: {error}") }
            }
            Ok(review) if limits.tokens > 0 && tokens(&review).all() > limits.tokens => {
                Outcome::OverTokens { limit: limits.tokens }
            }
            Ok(review) => return Ok((Outcome::Reviewed, Some(review))),
        },
        Some(2) => Outcome::Failed { reason: words() },
        Some(code) => Outcome::Crashed { how: format!("exit code {code}: {}", words()) },
        None if was_interrupted(status) => return Err(EvalError::Interrupted),
        None => Outcome::Crashed { how: format!("{status}: {}", words()) },
    };
    Ok((outcome, None))
}

/// Tokens of all stages.
pub(super) fn tokens(review: &Review) -> Tokens {
    let mut sum = Tokens::default();
    for stage in &review.stages {
        sum.prompt += stage.prompt_tokens;
        sum.cached += stage.cached_tokens;
        sum.completion += stage.completion_tokens;
    }
    sum
}

/// The findings of a review, with what scoring needs of them.
pub(super) fn predicted(review: &Review) -> Vec<Predicted> {
    review.findings.iter().map(Predicted::of).collect()
}

/// What a program said last, from the line that reports an error on.
fn last_words(text: &str) -> String {
    let from = text.rfind("error:").or_else(|| text.rfind("panicked at")).unwrap_or(0);
    let words = plain::line(text[from..].trim(), WORDS);
    if words.is_empty() { "it said nothing".to_owned() } else { words }
}

/// Whether somebody ended the program, as Ctrl-C does.
#[cfg(unix)]
fn was_interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    matches!(status.signal(), Some(libc::SIGINT | libc::SIGTERM | libc::SIGHUP))
}

#[cfg(not(unix))]
fn was_interrupted(_: ExitStatus) -> bool {
    false
}
