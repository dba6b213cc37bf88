//! The review as GitHub-flavoured Markdown, for a pull request's comment.
//!
//! All text of the repository, of Sentry and of a model is escaped: it cannot
//! end a code block, mention a person, or become a link or HTML.

use std::io;

use super::plain::{self, plain};
use super::{
    Report, beyond_short, count, excerpt, judge_words, mode_line, severity_word, skipped_line,
    source_words, web_link,
};
use crate::finding::Finding;
use crate::review::Review;

/// One heading for each finding.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

impl Report for Markdown {
    fn write(
        &self,
        review: &Review,
        source: &dyn Fn(&str) -> Option<String>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let label = code(&plain::line(&review.label, 100));
        let files = count(review.reviewed.len(), "file");
        match review.findings.len() {
            0 => writeln!(out, "**forewarn**: no findings in {files} of {label}.")?,
            n => writeln!(out, "**forewarn**: {} in {files} of {label}.", count(n, "finding"))?,
        }
        for finding in &review.findings {
            write_finding(finding, source, out)?;
        }
        writeln!(out, "\n---\n\n<sub>{}.</sub>", escape(&capital(&mode_line(&review.mode))))?;
        for line in skipped_line(review).iter().chain(&review.notes) {
            writeln!(out, "\n<sub>{}</sub>", escape(&plain::line(line, 400)))?;
        }
        Ok(())
    }
}

fn write_finding(
    finding: &Finding,
    source: &dyn Fn(&str) -> Option<String>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "\n### {}\n", escape(&plain::line(&finding.title, 120)))?;
    writeln!(
        out,
        "{} · severity **{}** {:.3} · confidence {:.3} · origin {} · {} · {}\n",
        code(&plain::line(&finding.location.to_string(), 200)),
        severity_word(finding.severity),
        finding.severity,
        finding.confidence,
        finding.origin.as_str(),
        escape(&judge_words(&finding.judge)),
        code(&plain::line(&finding.id, 20)),
    )?;
    paragraphs(&finding.short, out)?;
    if let Some(excerpt) = excerpt(finding, source) {
        fence("", &excerpt.text, out)?;
    }
    if let Some(more) = beyond_short(finding) {
        writeln!(out, "<details><summary>Explanation</summary>\n")?;
        paragraphs(more, out)?;
        writeln!(out, "</details>\n")?;
    }
    for evidence in &finding.evidence {
        let note = evidence.note.as_deref().map(|n| format!(": {}", escape(&plain::line(n, 300))));
        let words = plain::line(&source_words(&evidence.source), 200);
        writeln!(out, "Evidence, {}{}\n", code(&words), note.unwrap_or_default())?;
        fence("", &evidence.quote, out)?;
    }
    for issue in &finding.issues {
        let name = plain::line(issue.short_id.as_deref().unwrap_or(&issue.id), 60);
        let name = match web_link(issue.url.as_deref()) {
            Some(url) => format!("[{}](<{url}>)", escape(&name)),
            None => escape(&name),
        };
        writeln!(out, "Sentry {name}: {}\n", escape(&plain::line(&issue.title, 200)))?;
    }
    if let Some(fix) = &finding.fix {
        paragraphs(&format!("Fix: {}", fix.text), out)?;
        if let Some(patch) = &fix.patch {
            fence("diff", patch, out)?;
        }
    }
    for (word, list) in [("Checked", &finding.checked), ("Not checked", &finding.unchecked)] {
        if !list.is_empty() {
            paragraphs(&format!("{word}: {}", list.join("; ")), out)?;
        }
    }
    Ok(())
}

fn paragraphs(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    for line in plain(text).lines().map(str::trim).filter(|l| !l.is_empty()) {
        writeln!(out, "{}\n", escape(line))?;
    }
    Ok(())
}

/// A code block whose fence is longer than any run of backticks in the text.
fn fence(language: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let text = plain(text);
    let marks = "`".repeat(longest_run(&text).max(2) + 1);
    writeln!(out, "{marks}{language}")?;
    for line in text.trim_end().lines() {
        writeln!(out, "{}", plain::line(&line.replace('\t', "    "), 400))?;
    }
    writeln!(out, "{marks}\n")
}

/// A code span of one line.
fn code(text: &str) -> String {
    let marks = "`".repeat(longest_run(text) + 1);
    // Spaces keep a backtick at either end apart from the marks.
    let pad =
        if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{marks}{pad}{text}{pad}{marks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// Escapes prose of one line. Pairs of single backticks stay code.
fn escape(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) || text.contains("``") {
        return prose(text);
    }
    parts
        .iter()
        .enumerate()
        .map(|(n, part)| if n % 2 == 1 { format!("`{part}`") } else { prose(part) })
        .collect()
}

fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A zero-width space keeps `@name` and `#1` from becoming a mention.
            '@' | '#' => out.push_str(&format!("\\{c}&#8203;")),
            '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '-' | '+' | '=' if n == 0 => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // Bare links: `https://` and, in any case, `www.`.
    out = out.replace("://", "&#58;//");
    let mut lower = out.to_ascii_lowercase();
    while let Some(at) = lower.find("www.") {
        out.replace_range(at + 3..at + 4, "&#46;");
        lower = out.to_ascii_lowercase();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        let mut out = Vec::new();
        fence("", "````\n</details>", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "`````\n````\n</details>\n`````\n\n");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
    }

    #[test]
    fn prose_cannot_become_markup() {
        assert_eq!(escape("<img src=x> & [a](b)"), "&lt;img src=x&gt; &amp; \\[a\\](b)");
        assert_eq!(escape("@all see #1"), "\\@&#8203;all see \\#&#8203;1");
        assert_eq!(escape("http://x www.x"), "http&#58;//x www&#46;x");
        assert_eq!(escape("call `f(a_b)` twice_"), "call `f(a_b)` twice\\_");
        assert_eq!(escape("odd ` tick"), "odd \\` tick");
        assert_eq!(escape("- list"), "\\- list");
    }
}
