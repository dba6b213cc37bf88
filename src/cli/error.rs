//! The edge where errors become words: what happened, why, what to do next.

use std::io::Write;

use anstyle::{AnsiColor, Effects, Style};

use super::output::wants_color;
use crate::asset::AssetError;
use crate::change::ChangeError;
use crate::config::trust::TrustError;
use crate::config::{Color, ConfigError};
use crate::engine::EngineError;
use crate::hook::HookError;
use crate::index::IndexError;
use crate::plain;
use crate::sentry::SentryError;
use crate::store::StoreError;

/// A failure of the command line itself, with its next step.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Advice {
    pub what: String,
    pub help: String,
}

/// Prints an error to standard error; failing that, stays silent.
pub fn report(error: &anyhow::Error, color: Option<Color>) {
    let stderr = std::io::stderr();
    let color = wants_color(color.unwrap_or(Color::Auto), &stderr);
    let _ = stderr.lock().write_all(words(error, color).as_bytes());
}

/// Whether the reader of standard output went away, as `| head` does. Only an
/// error of writing itself counts: a broken pipe to git is a failure.
pub fn is_closed_output(error: &anyhow::Error) -> bool {
    error
        .chain()
        .next()
        .and_then(|e| e.downcast_ref::<std::io::Error>())
        .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

fn words(error: &anyhow::Error, color: bool) -> String {
    let label = |text: &str, style: Style| {
        if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    };
    let bold = |color: AnsiColor| color.on_default().effects(Effects::BOLD);
    let mut out = format!("{}: {}\n", label("error", bold(AnsiColor::Red)), text(&error));
    let mut said = vec![error.to_string()];
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // A transparent error, or one that quotes its source, says it already.
        if said.iter().any(|s| s.contains(&cause)) {
            continue;
        }
        out.push_str(&format!("  {}: {}\n", label("cause", bold(AnsiColor::Yellow)), text(&cause)));
        said.push(cause);
    }
    if let Some(help) = help(error) {
        out.push_str(&format!("  {}: {}\n", label("help", bold(AnsiColor::Cyan)), text(&help)));
    }
    out
}

/// Untrusted text on one or more indented lines.
fn text(text: &impl std::fmt::Display) -> String {
    let lines: Vec<String> =
        plain::plain(&text.to_string()).trim_end().lines().map(|l| plain::line(l, 1000)).collect();
    lines.join("\n    ")
}

/// The next step: that of the innermost error that has one.
fn help(error: &anyhow::Error) -> Option<String> {
    let causes: Vec<&(dyn std::error::Error + 'static)> = error.chain().collect();
    causes.iter().rev().find_map(|cause| {
        let cause = *cause;
        cause
            .downcast_ref::<Advice>()
            .map(|e| e.help.clone())
            .or_else(|| cause.downcast_ref().and_then(change))
            .or_else(|| cause.downcast_ref().and_then(hook))
            .or_else(|| cause.downcast_ref().and_then(store))
            .or_else(|| cause.downcast_ref().and_then(config))
            .or_else(|| cause.downcast_ref().and_then(trust))
            .or_else(|| cause.downcast_ref().and_then(sentry))
            .or_else(|| cause.downcast_ref().and_then(index))
            .or_else(|| cause.downcast_ref().and_then(engine))
            .or_else(|| cause.downcast_ref().and_then(asset))
    })
}

fn hook(error: &HookError) -> Option<String> {
    let help = match error {
        HookError::Shared { .. } => {
            "add `--force` to review the pushes of all of them, or give this repository its own \
             folder with `git config core.hooksPath .git/hooks`"
        }
        HookError::Occupied { .. } => "remove one of the two, then install again",
        HookError::NotOurs(_) => "remove it by hand if it is not wanted",
        HookError::Change(_) | HookError::Io { .. } | HookError::BadLine { .. } => return None,
    };
    Some(help.to_owned())
}

fn change(error: &ChangeError) -> Option<String> {
    let help = match error {
        ChangeError::NotARepository(_) => {
            "go to a repository, or name one with `-C DIR`; `forewarn try` needs none"
        }
        ChangeError::GitMissing => "install git and see that it is on the PATH",
        ChangeError::UnknownRevision(_) => {
            "`git log --oneline` and `git branch -a` list what there is; `git fetch` gets more"
        }
        ChangeError::Unborn => "commit something, or review with `--staged`",
        ChangeError::NoUpstream => {
            "name a range, for example `forewarn review HEAD~1..HEAD`, or set an upstream \
             with `git branch -u`"
        }
        ChangeError::NoMergeBase(..) => "compare the two trees as `A..B` instead of `A...B`",
        ChangeError::Shallow(_) => "get the rest of the history with `git fetch --unshallow`",
        ChangeError::PatchFails(..) => {
            "check out the commit that the patch was made for, or review the commit itself"
        }
        ChangeError::Conflict(_) => {
            "resolve them and `git add` the files, or review with `--worktree`"
        }
        ChangeError::Bare => "name a range of commits; a bare repository has no work tree or index",
        ChangeError::Git { .. } | ChangeError::Io { .. } => return None,
    };
    Some(help.to_owned())
}

fn store(error: &StoreError) -> Option<String> {
    let help = match error {
        StoreError::Newer { .. } => "update forewarn; the database was left as it is".to_owned(),
        StoreError::Locked { .. } => {
            "another forewarn is writing; try again when it is done".to_owned()
        }
        StoreError::Damaged { path } => format!(
            "move {} away to begin anew; nothing was changed, and it may be repaired with \
             `sqlite3 FILE .recover`",
            path.display()
        ),
        StoreError::NotFound { what: "memory", .. } => {
            "`forewarn memory list` shows the numbers".to_owned()
        }
        StoreError::NotFound { id, .. } if id == "last" => {
            "nothing was reviewed here yet: run `forewarn review`".to_owned()
        }
        StoreError::NotFound { what: "review" | "finding", .. } => {
            "`forewarn log` lists the reviews, `forewarn show ID` their findings".to_owned()
        }
        StoreError::Ambiguous { .. } => "give more of the id".to_owned(),
        StoreError::Folder { path, .. } => {
            format!("see that {} can be written", path.display())
        }
        StoreError::Open { path, .. } => {
            format!(
                "see that {} can be read and written, and that the disk is not full",
                path.display()
            )
        }
        StoreError::Query(source)
            if source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) =>
        {
            "make room on the disk; nothing was changed".to_owned()
        }
        _ => return None,
    };
    Some(help)
}

fn config(error: &ConfigError) -> Option<String> {
    Some(match error {
        ConfigError::UnknownKey { nearest: Some(nearest), .. } => {
            format!("did you mean `{nearest}`? `forewarn config` lists all settings")
        }
        ConfigError::UnknownKey { .. } => "`forewarn config` lists all settings".to_owned(),
        ConfigError::Value { key, .. } => {
            format!("`forewarn config --defaults` explains `{key}` and shows its default")
        }
        ConfigError::Denied { key, .. } => {
            format!("remove it there; set `{key}` in your own file (`forewarn config --path`)")
        }
        ConfigError::Flag(_) => "write it like `--set review.max_files=3`".to_owned(),
        ConfigError::Syntax { .. } | ConfigError::Read { .. } => {
            "correct the file, or move it away to go on with the defaults".to_owned()
        }
    })
}

fn trust(error: &TrustError) -> Option<String> {
    match error {
        TrustError::Refused { .. } => Some(
            "ask whoever put it there to remove it; `~/.config/forewarn` may hold models"
                .to_owned(),
        ),
        TrustError::Nothing => Some("there is nothing to trust".to_owned()),
        TrustError::Read { .. } | TrustError::Write { .. } => None,
    }
}

fn sentry(error: &SentryError) -> Option<String> {
    match error {
        // Transparent: the inner error does not stand in the chain.
        SentryError::Store(inner) => store(inner),
        SentryError::NotFound(_) => {
            Some("`forewarn sentry search` lists what was imported".to_owned())
        }
        SentryError::Nothing(_) => Some(
            "export issues or events as JSON in the form of Sentry's API, one object, an array, \
             or one a line"
                .to_owned(),
        ),
        _ => None,
    }
}

fn index(error: &IndexError) -> Option<String> {
    match error {
        // Transparent, as above.
        IndexError::Store(inner) => store(inner),
        IndexError::Change(inner) => change(inner),
        IndexError::Engine(inner) => engine(inner),
        IndexError::Vectors(_) | IndexError::Pattern(_) | IndexError::Query(_) => None,
    }
}

fn engine(error: &EngineError) -> Option<String> {
    let help = match error {
        EngineError::Damaged { .. } => {
            "`forewarn models check` tells which files are damaged, `forewarn models pull` gets \
             them anew"
        }
        EngineError::Architecture(_) => "`forewarn models list` shows the models that work",
        EngineError::Template { .. } => {
            "choose another model with `--set model.llm=NAME`, or `none` to go on without"
        }
        EngineError::TooLong { .. } => "raise `model.context`, or review a smaller change",
        EngineError::Memory { .. } => {
            "close other programs, or choose a smaller model with `--set model.llm=NAME`"
        }
        _ => return None,
    };
    Some(help.to_owned())
}

fn asset(error: &AssetError) -> Option<String> {
    match error {
        AssetError::Missing(path) => {
            Some(format!("restore `{path}`, or remove the file that names it"))
        }
        AssetError::NotUtf8(_) => Some("save the file as UTF-8".to_owned()),
        AssetError::Io { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn an_error_tells_what_why_and_what_next() {
        let error = anyhow::Error::from(ChangeError::Unborn).context("could not review");
        assert_eq!(
            words(&error, false),
            "error: could not review\n  cause: the repository has no commit yet\n  \
             help: commit something, or review with `--staged`\n"
        );
    }

    #[test]
    fn causes_are_not_repeated_and_the_innermost_help_counts() {
        // `SentryError::Store` is transparent: its words are its source's.
        let inner = StoreError::Locked { path: "/r/f.db".into() };
        let error = anyhow::Error::from(SentryError::Store(inner)).context("could not import");
        let words = words(&error, false);
        assert_eq!(words.matches("is locked").count(), 1, "{words}");
        assert!(words.contains("help: another forewarn is writing"));
    }

    #[test]
    fn untrusted_text_in_an_error_is_harmless() {
        let error =
            anyhow::Error::from(ChangeError::UnknownRevision("\u{1b}[2Jx\r\u{202e}".into()));
        let words = words(&error, false);
        assert!(words.contains("`x`") && !words.contains(plain::is_hostile), "{words:?}");
    }

    #[test]
    fn only_a_closed_standard_output_is_quiet() {
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert!(is_closed_output(&broken().into()));
        let git = ChangeError::Io { path: "git".into(), source: broken() };
        assert!(!is_closed_output(&git.into()));
        let wrapped: anyhow::Result<()> = Err(broken()).context("git stopped");
        assert!(!is_closed_output(&wrapped.unwrap_err()));
    }
}
