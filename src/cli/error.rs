//! The edge where errors become words: what happened, why, what to do next.

use std::io::Write;

use anstyle::{AnsiColor, Effects, Style};

use super::output::wants_color;
use crate::config::Color;
use crate::plain;

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
    if let Some(help) = super::hint::hint(error) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::ChangeError;
    use crate::sentry::SentryError;
    use crate::store::StoreError;
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
    fn errors_that_pass_through_several_modules_keep_their_help() {
        let inner = StoreError::Newer { path: "/r/f.db".into(), found: 9, known: 3 };
        let error = crate::review::ReviewError::from(SentryError::from(inner));
        assert!(words(&error.into(), false).contains("help: update forewarn"));
        let error = crate::review::ReviewError::from(crate::agent::AgentError::from(
            crate::engine::EngineError::TooLong { tokens: 9, context: 3 },
        ));
        assert!(words(&error.into(), false).contains("help: raise `model.context`"));
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
