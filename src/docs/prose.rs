//! Reads passages out of Markdown, reStructuredText, plain text and HTML.

use super::markup::{self, Piece};
use super::passage::{Line, Passage, cut, title};

/// Most characters of a heading.
const HEADING: usize = 120;
/// Elements that are navigation, not text.
const PASSED_OVER: [&str; 6] = ["head", "nav", "footer", "aside", "button", "form"];
/// Elements that stand on lines of their own.
const BLOCKS: [&str; 24] = [
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "tr",
    "pre",
    "section",
    "article",
    "blockquote",
    "br",
    "hr",
    "header",
    "main",
    "figure",
    "td",
    "th",
    "details",
    "summary",
    "body",
];

/// Collects lines under their headings.
struct Sections<'a> {
    above: &'a [&'a str],
    headings: Vec<(usize, String)>,
    lines: Vec<Line>,
    symbol: bool,
    passages: Vec<Passage>,
}

impl<'a> Sections<'a> {
    fn new(above: &'a [&'a str], symbol: bool) -> Self {
        Self { above, headings: Vec::new(), lines: Vec::new(), symbol, passages: Vec::new() }
    }

    fn flush(&mut self) {
        let headings = self.headings.iter().map(|(_, h)| h.as_str());
        let title = title(self.above.iter().copied().chain(headings));
        self.passages.extend(cut(&title, &self.lines, self.symbol));
        self.lines.clear();
    }

    /// Begins a section; 1 is the highest level.
    fn heading(&mut self, level: usize, text: &str) {
        self.flush();
        let text = text.trim().trim_matches(['#', '`', '*', '¶']).trim();
        let text: String = text.chars().take(HEADING).collect();
        self.headings.retain(|(l, _)| *l < level);
        self.headings.push((level, text));
    }
}

/// Passages of Markdown, reStructuredText or plain text; lines are counted from
/// 1. `above` are headings that stand over all of it.
pub(super) fn markdown(path: &str, text: &str, above: &[&str]) -> Vec<Passage> {
    let lines: Vec<(u32, &str)> = (1u32..).zip(text.lines()).collect();
    sections(path, &lines, above, false)
}

/// As [`markdown`], of lines that know their numbers.
pub(super) fn sections(
    path: &str,
    lines: &[(u32, &str)],
    above: &[&str],
    symbol: bool,
) -> Vec<Passage> {
    let mut sections = Sections::new(above, symbol);
    // Of underlined headings the first sign that occurs is the highest level.
    let mut signs: Vec<char> = Vec::new();
    let mut fence: Option<&str> = None;
    for (n, (number, line)) in lines.iter().enumerate() {
        let trimmed = line.trim();
        let place = || format!("{path}:{number}");
        if let Some(mark) = ["```", "~~~"].into_iter().find(|m| trimmed.starts_with(m)) {
            match fence {
                Some(open) if open == mark => fence = None,
                None => fence = Some(mark),
                Some(_) => {}
            }
            continue;
        }
        if fence.is_some() {
            sections.lines.push(Line { place: place(), text: (*line).to_owned(), code: true });
            continue;
        }
        let level = trimmed.bytes().take_while(|b| *b == b'#').count();
        if (1..=6).contains(&level) && trimmed[level..].starts_with([' ', '\t']) {
            sections.heading(level, &trimmed[level..]);
            continue;
        }
        if let Some(sign) = underline(trimmed) {
            let over = n.checked_sub(1).map_or("", |n| lines[n].1.trim());
            let is_title = !over.is_empty()
                && underline(over).is_none()
                && trimmed.chars().count() >= over.chars().count().min(3)
                && !over.starts_with(['|', '-', '*', '>'])
                && over.chars().count() <= HEADING;
            if is_title {
                let at = signs.iter().position(|s| *s == sign).unwrap_or_else(|| {
                    signs.push(sign);
                    signs.len() - 1
                });
                sections.lines.pop();
                sections.heading(at + 1, over);
            }
            continue;
        }
        // Badges, directives and comments are no text.
        let noise = ["[![", "![", ".. ", "<!--", "[//]:"].iter().any(|m| trimmed.starts_with(m));
        if noise {
            continue;
        }
        let text = if trimmed.starts_with('<') { stripped(trimmed) } else { (*line).to_owned() };
        let code = line.starts_with("    ") || line.starts_with('\t');
        sections.lines.push(Line { place: place(), text, code });
    }
    sections.flush();
    sections.passages
}

/// The sign of a line that is nothing but one sign, at least three times.
fn underline(line: &str) -> Option<char> {
    let sign = line.chars().next().filter(|c| "=-~^\"'+#*".contains(*c))?;
    (line.chars().count() >= 3 && line.chars().all(|c| c == sign)).then_some(sign)
}

/// A line without its tags.
fn stripped(line: &str) -> String {
    let texts = markup::pieces(line).into_iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(text),
        _ => None,
    });
    texts.collect::<String>()
}

/// Passages of an HTML page, each with the anchor nearest above it.
pub(super) fn html(page: &str, text: &str, above: &[&str]) -> Vec<Passage> {
    let mut sections = Sections::new(above, false);
    let (mut anchor, mut line) = (String::new(), String::new());
    let mut heading: Option<(usize, String)> = None;
    let mut pre = 0usize;
    let mut passed_over: Option<(String, usize)> = None;
    let place = |anchor: &str| match anchor {
        "" => page.to_owned(),
        anchor => format!("{page}#{anchor}"),
    };
    for piece in markup::pieces(text) {
        // Inside of what is passed over only its own tags count.
        if let Some((name, depth)) = &mut passed_over {
            match &piece {
                Piece::Open { name: n, closed: false, .. } if n == name => *depth += 1,
                Piece::Close { name: n } if n == name => *depth -= 1,
                _ => {}
            }
            if *depth == 0 {
                passed_over = None;
            }
            continue;
        }
        match piece {
            Piece::Text(text) => match &mut heading {
                Some((_, words)) => words.push_str(&text),
                None if pre > 0 => {
                    let mut parts = text.split('\n');
                    line.push_str(parts.next().unwrap_or_default());
                    for part in parts {
                        let done = std::mem::replace(&mut line, part.to_owned());
                        sections.lines.push(Line { place: place(&anchor), text: done, code: true });
                    }
                }
                None => {
                    for (n, word) in text.split_whitespace().enumerate() {
                        let parted = n > 0 || text.starts_with(char::is_whitespace);
                        if parted && !line.is_empty() && !line.ends_with(' ') {
                            line.push(' ');
                        }
                        line.push_str(word);
                    }
                    if text.ends_with(char::is_whitespace) && !line.is_empty() {
                        line.push(' ');
                    }
                }
            },
            Piece::Open { name, id, closed } => {
                // What was written so far belongs to the anchor before.
                let before = place(&anchor);
                if let Some(id) = id {
                    anchor = id.chars().take(HEADING).collect();
                }
                if closed && name != "br" && name != "hr" {
                    continue;
                }
                if PASSED_OVER.contains(&name.as_str()) {
                    passed_over = Some((name, 1));
                    continue;
                }
                if let Some(level) = heading_level(&name) {
                    end_line(&mut sections, &mut line, &before, pre > 0);
                    heading = Some((level, String::new()));
                } else if BLOCKS.contains(&name.as_str()) {
                    end_line(&mut sections, &mut line, &before, pre > 0);
                    pre += usize::from(name == "pre");
                }
            }
            Piece::Close { name } => {
                if heading_level(&name).is_some() {
                    if let Some((level, words)) = heading.take() {
                        sections.heading(level, &words);
                    }
                } else if BLOCKS.contains(&name.as_str()) {
                    end_line(&mut sections, &mut line, &place(&anchor), pre > 0);
                    if name == "pre" {
                        pre = pre.saturating_sub(1);
                    }
                    if matches!(name.as_str(), "p" | "ul" | "ol" | "pre" | "table" | "dd") {
                        let blank =
                            Line { place: place(&anchor), text: String::new(), code: false };
                        sections.lines.push(blank);
                    }
                }
            }
        }
    }
    end_line(&mut sections, &mut line, &place(&anchor), false);
    sections.flush();
    sections.passages
}

fn end_line(sections: &mut Sections<'_>, line: &mut String, place: &str, code: bool) {
    let text = std::mem::take(line);
    if !text.trim().is_empty() {
        sections.lines.push(Line { place: place.to_owned(), text, code });
    }
}

fn heading_level(name: &str) -> Option<usize> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(passages: &[Passage]) -> Vec<String> {
        passages.iter().map(|p| format!("{} | {} | {}", p.place, p.title, p.body)).collect()
    }

    #[test]
    fn markdown_has_headings_fences_and_no_badges() {
        let text = "# Lib\n[![badge](x)](y)\nIntro.\n\n## Use\n```sh\n# not a heading\n```\nDone.\n\
                    <p align=\"center\">Centred</p>\n# Next\nEnd.\n";
        assert_eq!(
            shown(&markdown("README.md", text, &[])),
            [
                "README.md:3 | Lib | Intro.",
                "README.md:7 | Lib > Use | # not a heading\nDone.\nCentred",
                "README.md:12 | Next | End.",
            ]
        );
    }

    #[test]
    fn underlined_headings_of_both_kinds() {
        let text =
            "Title\n=====\n\nText\n\nPart\n----\n\nMore\n\n| a |\n---\n\nOther\n=====\nEnd\n";
        assert_eq!(
            shown(&markdown("a.rst", text, &["pkg"])),
            [
                "a.rst:4 | pkg > Title | Text",
                "a.rst:9 | pkg > Title > Part | More\n\n| a |",
                "a.rst:16 | pkg > Other | End",
            ]
        );
    }

    #[test]
    fn html_has_anchors_code_and_no_navigation() {
        let text = "<html><head><title>x</title></head><body><nav>menu <nav>x</nav></nav><h1>Array</h1>\
                    <p>A   list\n of <b>things</b>.</p><h2 id=map>map()</h2><p>Calls <code>f</code>.</p>\
                    <pre>a\n  b</pre><ul><li>one<li>two</ul></body></html>";
        assert_eq!(
            shown(&html("global/array", text, &[])),
            [
                "global/array | Array | A list of things.",
                "global/array#map | Array > map() | Calls f.\n\na\n  b\n\none\ntwo",
            ]
        );
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert!(markdown("a.md", "", &[]).is_empty());
        assert!(html("a", "<p></p><h1>", &[]).is_empty());
    }
}
