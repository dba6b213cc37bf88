//! Reads the `Link` header by which Sentry and GlitchTip page their lists, and
//! writes the parts of an address.

/// The cursor of the next page; `None` on the last. Only the cursor is taken, never
/// the address around it, which a server may have wrong or may point elsewhere.
pub(super) fn next(link: &str) -> Option<String> {
    let mut rest = link;
    while let Some(start) = rest.find('<') {
        let (url, after) = rest[start + 1..].split_once('>')?;
        let end = after.find(", <").or_else(|| after.find(",<")).unwrap_or(after.len());
        let value = |name: &str| {
            after[..end].split(';').find_map(|part| {
                let (key, value) = part.trim().split_once('=')?;
                (key.trim() == name).then(|| value.trim().trim_matches('"'))
            })
        };
        if value("rel") == Some("next") {
            if value("results") == Some("false") {
                return None;
            }
            // Old servers name it in the address alone.
            let cursor = value("cursor").map(str::to_owned).or_else(|| query(url, "cursor"));
            return cursor.filter(|c| !c.is_empty());
        }
        rest = &after[end..];
    }
    None
}

fn query(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| decode(value))
    })
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes().iter();
    while let Some(&byte) = bytes.next() {
        let rest = bytes.as_slice();
        let number = || u8::from_str_radix(std::str::from_utf8(rest.get(..2)?).ok()?, 16).ok();
        match byte {
            b'%' => match number() {
                Some(number) => {
                    out.push(number);
                    bytes.nth(1);
                }
                None => out.push(byte),
            },
            b'+' => out.push(b' '),
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Writes a text so that it stands for itself in a path or query (RFC 3986).
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_cursor_is_found() {
        let link = |results: &str| {
            format!(
                "<http://h/api/?a=1,2&cursor=0:0:1>; rel=\"previous\"; results=\"false\"; \
                 cursor=\"0:0:1\", <http://h/api/?cursor=0:100:0>; rel=\"next\"; \
                 results=\"{results}\"; cursor=\"0:100:0\""
            )
        };
        assert_eq!(next(&link("true")).as_deref(), Some("0:100:0"));
        assert_eq!(next(&link("false")), None);
        let old = "<http://h/?limit=50&cursor=bz0x%3D%3D>; rel=\"next\"";
        assert_eq!(next(old).as_deref(), Some("bz0x=="));
        for none in
            ["", "<http://h/>; rel=\"next\"", "<http://h", "nonsense", "<>;rel=next;cursor="]
        {
            assert_eq!(next(none), None, "{none}");
        }
    }

    #[test]
    fn texts_stand_for_themselves() {
        assert_eq!(encode("is:unresolved a&b/c=ä"), "is%3Aunresolved%20a%26b%2Fc%3D%C3%A4");
        assert_eq!(decode(&encode("50% of ä+b")), "50% of ä+b");
        assert_eq!(decode("%zz%4"), "%zz%4");
    }
}
