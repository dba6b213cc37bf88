//! Takes HTML and XML apart, whatever state it is in, in linear time.

/// A piece of marked-up text, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A start tag; `closed` if it ends itself (`<br/>`). Names are in small letters.
    Open {
        name: String,
        id: Option<String>,
        closed: bool,
    },
    Close {
        name: String,
    },
    /// Text with character references replaced; white space is kept.
    Text(String),
}

/// Elements whose content is no text.
const RAW: [&str; 4] = ["script", "style", "svg", "template"];
/// Longer tags are read no further for attributes.
const MAX_TAG: usize = 10_000;

/// Takes a text apart. What is not closed is passed over to the end.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        push_text(&mut pieces, &rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<!--") {
            let Some(end) = after.find("-->") else { return pieces };
            rest = &after[end + 3..];
        } else if let Some(after) = rest.strip_prefix("<![CDATA[") {
            let end = after.find("]]>").unwrap_or(after.len());
            pieces.push(Piece::Text(after[..end].to_owned()));
            rest = after.get(end + 3..).unwrap_or_default();
        } else if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
            pieces.push(Piece::Text("<".to_owned()));
            rest = &rest[1..];
        } else {
            let Some(end) = tag_end(rest) else { return pieces };
            let tag = &rest[1..end];
            rest = &rest[end + 1..];
            if let Some(name) = push_tag(&mut pieces, tag)
                && RAW.contains(&name.as_str())
            {
                let Some(end) = find_close(rest, &name) else { return pieces };
                rest = &rest[end..];
            }
        }
    }
    push_text(&mut pieces, rest);
    pieces
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(unescape(text)));
    }
}

/// Where a tag ends: the first `>` outside of quotes, else the first at all.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(MAX_TAG) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    text.find('>')
}

/// Adds a tag; gives back the name of one that opens.
fn push_tag(pieces: &mut Vec<Piece>, tag: &str) -> Option<String> {
    if tag.starts_with(['!', '?']) {
        return None;
    }
    let name = |text: &str| {
        let end = text.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(text.len());
        text[..end].to_ascii_lowercase()
    };
    if let Some(rest) = tag.strip_prefix('/') {
        pieces.push(Piece::Close { name: name(rest) });
        return None;
    }
    let closed = tag.ends_with('/');
    let name = name(tag);
    let id = attribute(tag, "id").or_else(|| {
        // Anchors of older pages.
        attribute(tag, "name").filter(|_| name == "a")
    });
    pieces.push(Piece::Open { name: name.clone(), id, closed });
    (!closed).then_some(name)
}

/// The value of an attribute.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag: String = tag.chars().take(MAX_TAG).collect();
    let at = tag.match_indices(name).map(|(at, _)| at).find(|at| {
        tag[..*at].ends_with(char::is_whitespace)
            && tag[at + name.len()..].trim_start().starts_with('=')
    })?;
    let value = tag[at + name.len()..].trim_start()[1..].trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split(|c: char| c.is_whitespace() || c == '/').next()?,
    };
    Some(unescape(value)).filter(|v| !v.is_empty())
}

/// Where `</name` begins; case does not count.
fn find_close(text: &str, name: &str) -> Option<usize> {
    text.match_indices("</").map(|(at, _)| at).find(|at| {
        text.get(at + 2..at + 2 + name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name))
    })
}

/// Replaces character references; unknown ones stay.
pub(super) fn unescape(text: &str) -> String {
    /// No reference that is known is longer.
    const LONGEST: usize = 10;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST).position(|b| b == b';');
        match end.and_then(|end| Some((character(&rest[1..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" => ' ',
        "para" => '¶',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "larr" => '←',
        "rarr" => '→',
        "times" => '×',
        "copy" => '©',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        let texts = pieces(html).into_iter().filter_map(|p| match p {
            Piece::Text(text) => Some(text),
            _ => None,
        });
        texts.collect()
    }

    #[test]
    fn text_without_tags_scripts_and_comments() {
        let html = "<!doctype html><p class=\"a>b\">a &lt; b &amp;&#39; &#x41;&nope;</p><script>if (a \
                    </b) {}</SCRIPT><!-- no --><style>x{}</style>1 < 2<![CDATA[<x>]]>";
        assert_eq!(text(html), "a < b &' A&nope;1 < 2<x>");
    }

    #[test]
    fn tags_have_names_and_ids() {
        let open = |name: &str, id: Option<&str>, closed| Piece::Open {
            name: name.into(),
            id: id.map(str::to_owned),
            closed,
        };
        assert_eq!(
            pieces("<H2 data-id=x ID2='n' id='a b'><a name=top><br/></H2>"),
            [
                open("h2", Some("a b"), false),
                open("a", Some("top"), false),
                open("br", None, true),
                Piece::Close { name: "h2".into() },
            ]
        );
    }

    #[test]
    fn what_is_broken_ends_and_costs_linear_time() {
        for part in ["<", "<a ", "<!--", "</", "&", "<script>", "<a b='", "<![CDATA[", "<svg/"] {
            let hostile = part.repeat(200_000 / part.len());
            assert!(pieces(&hostile).len() <= hostile.len());
        }
    }
}
