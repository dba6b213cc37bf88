//! `forewarn hook`: installs, removes and inspects the pre-push hook, and is
//! what the installed hook calls.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context as _;

use super::hint::hint;
use super::output::wants_color;
use super::{Context, Exit, Outcome, review, world};
use crate::change::{Repo, Selection};
use crate::config::BlockAt;
use crate::hook::{self, Chained, HookOutcome, Hooks, Installed, Program, Removed, Status};
use crate::plain::plain;
use crate::report;
use crate::review::Review;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Review every push of this repository before it is sent. A pre-push hook
    /// that is there already is kept and called first.
    Install {
        /// Install even into a folder that other repositories use too.
        #[arg(long)]
        force: bool,
    },
    /// Remove the hook and put back the one that was there before.
    Uninstall,
    /// Show whether the hook is installed and what it would do.
    Status,
    /// Review a push; git's hook calls this.
    #[command(hide = true)]
    Run(RunArgs),
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// Name of the remote, or its address.
    remote: String,
    /// Address of the remote.
    url: Option<String>,
    /// Let the push pass without a review.
    #[arg(
        long,
        env = "FOREWARN_SKIP",
        hide = true,
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    skip: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.action {
        Action::Install { force } => install(context, force),
        Action::Uninstall => uninstall(context),
        Action::Status => status(context),
        Action::Run(args) => Ok(push(&args, context)),
    }
}

fn install(context: &Context, force: bool) -> Outcome {
    let repo = context.repo()?;
    let hooks = Hooks::of(&repo)?;
    let program = std::env::current_exe().context("could not tell where this program lies")?;
    let done = hooks.install(&program, force)?;
    let mut out = context.output();
    let file = hooks.file();
    let words = match done {
        Installed::New => "installed",
        Installed::Chaining => "installed; the hook that was there is called first",
        Installed::Refreshed => "was installed; it now calls this program",
    };
    writeln!(out, "pre-push hook {words}: {}", plain(&file.display().to_string()))?;
    if in_work_tree(&repo, &hooks.folder) {
        writeln!(out, "core.hooksPath lies in the work tree: leave the hook out of commits")?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn uninstall(context: &Context) -> Outcome {
    let hooks = Hooks::of(&context.repo()?)?;
    let words = match hooks.uninstall()? {
        Removed::Nothing => "there is no pre-push hook",
        Removed::Hook => "pre-push hook removed",
        Removed::Restored => "pre-push hook removed; the one from before is back",
    };
    let mut out = context.output();
    writeln!(out, "{words}: {}", plain(&hooks.file().display().to_string()))?;
    out.flush()?;
    Ok(Exit::Success)
}

fn status(context: &Context) -> Outcome {
    let hooks = Hooks::of(&context.repo()?)?;
    let mut out = context.output();
    let file = plain(&hooks.file().display().to_string());
    match hooks.status()? {
        Status::Absent => writeln!(out, "not installed (`forewarn hook install`): {file}")?,
        Status::Other => writeln!(
            out,
            "not installed (`forewarn hook install` keeps the other hook that is there): {file}"
        )?,
        Status::Installed { program, chained } => {
            writeln!(out, "installed: {file}")?;
            let show = |path: &Path| plain(&path.display().to_string());
            match program {
                Program::Present(path) => writeln!(out, "  calls {}", show(&path))?,
                Program::Gone(path) => writeln!(
                    out,
                    "  calls {}, which is gone: pushes pass without a review; \
                     `forewarn hook install` repairs this",
                    show(&path)
                )?,
                Program::Unknown => {
                    writeln!(out, "  was edited by hand; `forewarn hook install` writes it anew")?
                }
            }
            match chained {
                Chained::Yes => writeln!(out, "  calls the hook from before first")?,
                Chained::No => {}
                Chained::NotExecutable => {
                    writeln!(out, "  keeps a hook from before that is not executable")?;
                }
            }
            match context.config.hook.block_at {
                BlockAt::Never(_) => writeln!(out, "  stops no push (hook.block_at = never)")?,
                BlockAt::Severity(limit) => {
                    writeln!(out, "  stops a push at severity {limit} or above (hook.block_at)")?
                }
            }
        }
    }
    if let Some(scope) = &hooks.scope {
        writeln!(out, "core.hooksPath is set in the {scope} settings")?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// Reviews a push. It has no error: whatever fails is a warning, and the push
/// passes.
fn push(args: &RunArgs, context: &Context) -> Exit {
    if args.skip {
        return Exit::Success;
    }
    match try_push(args, context) {
        Ok(exit) => exit,
        Err(error) => {
            say(&plain(&format!("forewarn: pushing without a review: {:#}\n", helped(error))));
            Exit::Success
        }
    }
}

fn try_push(args: &RunArgs, context: &Context) -> Outcome {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).context("could not read what git pushes")?;
    let refs = hook::parse(&input)?;
    if refs.is_empty() {
        return Ok(Exit::Success);
    }
    let repo = context.repo()?;
    let reviewer = {
        let (context, repo) = (context.clone(), repo.clone());
        Box::new(move |selection: &Selection| review_selection(&context, &repo, selection))
    };
    let mut outcome = hook::run(&repo, &args.remote, &refs, &context.config.hook, reviewer);
    // What the model did not manage in time the program still proves in a
    // moment.
    let mut quick = context.clone();
    quick.config.model.llm = "none".to_owned();
    quick.config.model.embedder = "none".to_owned();
    for (refs, selection) in std::mem::take(&mut outcome.late) {
        match review_selection(&quick, &repo, &selection) {
            Ok(review) => outcome.add(refs, review, &context.config.hook),
            Err(error) => outcome.warnings.push(format!("nor without a model: {error:#}")),
        }
    }
    tell(context, &repo, &outcome);
    Ok(if outcome.blocked() { Exit::Findings } else { Exit::Success })
}

/// The one place where the hook meets the review.
fn review_selection(
    context: &Context,
    repo: &Repo,
    selection: &Selection,
) -> anyhow::Result<Review> {
    world::review(
        context,
        repo,
        world::Wish {
            selection,
            sentry: None,
            budget: None,
            reuse: true,
            progress: review::progress(context.verbose),
        },
    )
    .map_err(helped)
}

/// An error that is about to become a warning, with the next step in its words.
fn helped(error: anyhow::Error) -> anyhow::Error {
    match hint(&error) {
        Some(help) => anyhow::anyhow!("{error:#}; {help}"),
        None => error,
    }
}

/// Prints the reviews to standard error, since a push's standard output may be
/// read by a program (`git push --porcelain`).
fn tell(context: &Context, repo: &Repo, outcome: &HookOutcome) {
    let color = wants_color(context.config.report.color, &std::io::stderr());
    for (refs, reviewed) in &outcome.reviews {
        let report = report::of(context.config.report.format, color, false);
        match review::render(repo, reviewed, report.as_ref()) {
            Ok(text) => say(&String::from_utf8_lossy(&text)),
            Err(error) => say(&plain(&format!(
                "forewarn: the report for {} could not be written: {error:#}\n",
                refs.join(", ")
            ))),
        }
    }
    for note in &outcome.notes {
        tracing::debug!("{note}");
    }
    for warning in &outcome.warnings {
        say(&format!("forewarn: warning: {}\n", plain(warning)));
    }
    if outcome.blocked() {
        say(&format!(
            "forewarn: push stopped by {} (hook.block_at); to push all the same: \
             FOREWARN_SKIP=1 git push, or git push --no-verify\n",
            match outcome.blocking.len() {
                1 => "one finding".to_owned(),
                n => format!("{n} findings"),
            }
        ));
    }
}

/// Writes to standard error; failing that, stays silent.
fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn in_work_tree(repo: &Repo, folder: &Path) -> bool {
    let Some(top) = &repo.worktree else { return false };
    folder.starts_with(top) && !folder.starts_with(&repo.common_dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn a_warning_says_what_to_do() {
        let locked = StoreError::Locked { path: "/r/f.db".into() };
        let error = anyhow::Error::from(locked).context("could not review");
        let words = format!("{:#}", helped(error));
        assert!(words.starts_with("could not review: "), "{words}");
        assert!(words.ends_with("; another forewarn is writing; try again when it is done"));
        assert_eq!(format!("{:#}", helped(anyhow::anyhow!("odd"))), "odd");
    }
}
