//! The review for a person at a terminal.

use std::io;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Effects, Style};

use super::plain::{self, plain};
use super::{
    Report, beyond_short, count, duration, excerpt, judge_words, mode_line, severity_word,
    skipped_line, source_words, web_link,
};
use crate::finding::Finding;
use crate::review::Review;

/// Columns of prose; source excerpts may be wider.
const COLUMNS: usize = 88;
/// Lines of one quote.
const QUOTE: usize = 12;

/// Findings with excerpts, then a summary; one line when there are none.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    pub color: bool,
    /// Also stage times, what was dropped and each file that was not read.
    pub verbose: bool,
}

impl Report for Terminal {
    fn write(
        &self,
        review: &Review,
        source: &dyn Fn(&str) -> Option<String>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let pen = Pen { color: self.color };
        for finding in &review.findings {
            pen.finding(finding, source, out)?;
        }
        summary(review, &pen, out)?;
        if self.verbose {
            details(review, &pen, out)?;
        }
        Ok(())
    }
}

fn summary(review: &Review, pen: &Pen, out: &mut dyn io::Write) -> io::Result<()> {
    let label = plain::line(&review.label, 100);
    let files = count(review.reviewed.len(), "file");
    let cached = if review.cached { ", from an earlier run" } else { "" };
    let skipped = skipped_line(review);
    let mode = mode_line(&review.mode);
    if review.reviewed.is_empty() && review.skipped.is_empty() && review.findings.is_empty() {
        let name = pen.paint("forewarn", GOOD);
        return writeln!(out, "{name}: nothing to review in {label}: the change is empty");
    }
    if review.findings.is_empty() {
        let skipped = skipped.map(|s| format!("; {s}")).unwrap_or_default();
        writeln!(
            out,
            "{}: no findings in {files} of {label}{cached}; {mode}{skipped}",
            pen.paint("forewarn", GOOD)
        )?;
    } else {
        writeln!(
            out,
            "{}: {} in {files} of {label}{cached}",
            pen.paint("forewarn", BOLD),
            count(review.findings.len(), "finding")
        )?;
        writeln!(out, "  {mode}")?;
        if let Some(skipped) = skipped {
            writeln!(out, "  {skipped}")?;
        }
    }
    for note in &review.notes {
        for line in plain::wrap(&format!("note: {note}"), COLUMNS) {
            writeln!(out, "  {line}")?;
        }
    }
    if !review.findings.is_empty() && !review.id.is_empty() {
        writeln!(
            out,
            "  {}",
            pen.paint(&format!("forewarn show {} --trace tells how it came about", review.id), DIM)
        )?;
    }
    Ok(())
}

fn details(review: &Review, pen: &Pen, out: &mut dyn io::Write) -> io::Result<()> {
    if !review.dropped.is_empty() {
        writeln!(out, "\n{}", pen.paint("dropped", BOLD))?;
    }
    for dropped in &review.dropped {
        let confidence = dropped.confidence.map(|c| format!(", confidence {c:.3}"));
        writeln!(
            out,
            "  {} ({}, origin {}): {} in {}{}",
            plain::line(&dropped.title, 100),
            plain::line(&dropped.location.to_string(), 120),
            dropped.origin.as_str(),
            plain::line(&dropped.reason, 200),
            plain::line(&dropped.stage, 20),
            confidence.unwrap_or_default(),
        )?;
    }
    if !review.skipped.is_empty() {
        writeln!(out, "\n{}", pen.paint("not read", BOLD))?;
    }
    for skipped in &review.skipped {
        let (path, reason) = (plain::line(&skipped.path, 200), plain::line(&skipped.reason, 120));
        writeln!(out, "  {path}: {reason}")?;
    }
    if review.stages.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", pen.paint("stages", BOLD))?;
    for stage in &review.stages {
        let tokens = match stage.prompt_tokens + stage.completion_tokens {
            0 => String::new(),
            _ => format!(
                "  {} tokens in ({} cached), {} out",
                stage.prompt_tokens, stage.cached_tokens, stage.completion_tokens
            ),
        };
        let stage_name = plain::line(&stage.stage, 20);
        writeln!(out, "  {stage_name:<10} {:>9}{tokens}", duration(stage.milliseconds))?;
    }
    let total = review.stages.iter().map(|s| s.milliseconds).sum();
    writeln!(out, "  {:<10} {:>9}", "total", duration(total))
}

const BOLD: Style = Style::new().effects(Effects::BOLD);
const DIM: Style = Style::new().effects(Effects::DIMMED);
const GOOD: Style = AnsiColor::Green.on_default().effects(Effects::BOLD);

struct Pen {
    color: bool,
}

impl Pen {
    fn paint(&self, text: &str, style: Style) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn finding(
        &self,
        finding: &Finding,
        source: &dyn Fn(&str) -> Option<String>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        writeln!(out, "{}", self.head(finding, source))?;
        let row = |label: &str, lines: Vec<String>, out: &mut dyn io::Write| {
            for (n, line) in lines.iter().enumerate() {
                let label = if n == 0 { label } else { "" };
                let pad = " ".repeat(12_usize.saturating_sub(label.chars().count()));
                writeln!(
                    out,
                    "{}",
                    format!("  {}{pad}{line}", self.paint(label, BOLD)).trim_end()
                )?;
            }
            io::Result::Ok(())
        };
        let width = COLUMNS - 14;
        let facts = format!(
            "{} {:.3}, confidence {:.3}, origin {}, {}",
            severity_word(finding.severity),
            finding.severity,
            finding.confidence,
            finding.origin.as_str(),
            judge_words(&finding.judge),
        );
        row("severity", plain::wrap(&facts, width), out)?;
        row("what", plain::wrap(&finding.short, width), out)?;
        if let Some(more) = beyond_short(finding) {
            row("why", plain::wrap(more, width), out)?;
        }
        for evidence in &finding.evidence {
            let mut lines = vec![plain::line(&source_words(&evidence.source), 120)];
            lines.extend(self.quote(&evidence.quote));
            let note = evidence.note.as_deref().unwrap_or_default();
            lines.extend(plain::wrap(note, width));
            row("evidence", lines, out)?;
        }
        for issue in &finding.issues {
            let name = issue.short_id.as_deref().unwrap_or(&issue.id);
            let mut lines = plain::wrap(&format!("{name} {}", issue.title), width);
            lines.extend(web_link(issue.url.as_deref()));
            row("Sentry", lines, out)?;
        }
        if let Some(fix) = &finding.fix {
            let mut lines = plain::wrap(&fix.text, width);
            lines.extend(fix.patch.iter().flat_map(|p| self.quote(p)));
            row("fix", lines, out)?;
        }
        row("checked", plain::wrap(&finding.checked.join("; "), width), out)?;
        row("not checked", plain::wrap(&finding.unchecked.join("; "), width), out)?;
        row("id", vec![plain::line(&finding.id, 20)], out)?;
        writeln!(out)
    }

    /// Title and source excerpt.
    fn head(&self, finding: &Finding, source: &dyn Fn(&str) -> Option<String>) -> String {
        let level = match severity_word(finding.severity) {
            "high" => Level::ERROR,
            "medium" => Level::WARNING,
            _ => Level::INFO,
        };
        let title = plain::line(&finding.title, 120);
        let path = plain::line(&finding.location.path, 200);
        let group = Group::with_title(
            level.with_name(severity_word(finding.severity)).primary_title(title),
        );
        let renderer = if self.color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(super::WIDTH);
        match excerpt(finding, source) {
            Some(excerpt) => {
                let marks = excerpt.marks.iter().map(|m| AnnotationKind::Primary.span(m.clone()));
                let snippet = Snippet::source(excerpt.text.as_str())
                    .line_start(excerpt.first as usize)
                    .path(path)
                    .fold(false)
                    .annotations(marks);
                renderer.render(&[group.element(snippet)])
            }
            None => {
                let place =
                    annotate_snippets::Origin::path(path).line(finding.location.start as usize);
                renderer.render(&[group.element(place)])
            }
        }
    }

    fn quote(&self, text: &str) -> Vec<String> {
        let text = plain(text);
        let mut lines: Vec<String> = text
            .trim_end()
            .lines()
            .take(QUOTE)
            .map(|l| format!("| {}", plain::line(&l.replace('\t', "    "), 120)))
            .collect();
        let more = text.trim_end().lines().count().saturating_sub(QUOTE);
        if more > 0 {
            lines.push(self.paint(&format!("({} more)", count(more, "line")), DIM));
        }
        lines
    }
}
