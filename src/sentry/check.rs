//! Tests that tell numbers with a check digit from other numbers, so that the
//! scrubber leaves ids and times alone.

// `core` has the notation of addresses and nothing that could use one.
use core::net::IpAddr;

use serde::Deserialize;

/// Luhn's checksum over the digits (ISO/IEC 7812-1).
pub(super) fn luhn(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, &digit)| match (n % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    matches!(digits.len(), 13..=16 | 19) && sum.is_multiple_of(10)
}

/// The remainder modulo 97 of an IBAN (ISO 13616-1).
pub(super) fn iban(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !(15..=34).contains(&text.len()) || !text.is_ascii() {
        return false;
    }
    let (head, tail) = text.split_at(4);
    let rest = tail.chars().chain(head.chars()).try_fold(0u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    });
    rest == Some(1)
}

/// Whether a US social security number could have been issued.
pub(super) fn ssn(text: &str) -> bool {
    let mut parts = text.split('-');
    let (area, group, serial) = (parts.next(), parts.next(), parts.next());
    area.is_some_and(|a| a != "000" && a != "666" && !a.starts_with('9'))
        && group.is_some_and(|g| g != "00")
        && serial.is_some_and(|s| s != "0000")
}

/// Words that stand where a value would, by what they say; from `scrub.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// That there is none, or that it was removed.
    absent: Vec<String>,
    /// Ends of names that only look telling.
    harmless_ends: Vec<String>,
    /// Names that parsers and protocols use too, so that prose may follow.
    common: Vec<String>,
    /// What is said of a secret in place of it.
    said: Vec<String>,
}

/// Whether a value says that there is none, or that it was removed.
pub(super) fn absent(value: &str, words: &Words) -> bool {
    words.absent.iter().any(|word| word.eq_ignore_ascii_case(value.trim()))
}

/// Whether what stands behind a telling name is a value that was assigned to it: not one
/// that says there is none, and of a name that parsers and protocols also use, not prose.
pub(super) fn assigned(text: &str, words: &Words) -> bool {
    let Some((name, value)) = text
        .split_once("=>")
        .or_else(|| text.split_once([':', '=']))
        .or_else(|| text.split_once("%3D"))
        .or_else(|| text.split_once("%3d"))
    else {
        return true;
    };
    let quoted = value.trim_end().ends_with(['"', '\'']);
    let bare = value.trim().trim_matches(['"', '\'', '\\']).to_ascii_lowercase();
    if bare.is_empty() || absent(&bare, words) {
        return false;
    }
    let name = name.trim_end_matches(['"', '\'', '\\', ' ']).to_ascii_lowercase();
    if words.harmless_ends.iter().any(|end| name.ends_with(end.as_str()))
        || (name.ends_with("tokens") && bare.bytes().all(|b| b.is_ascii_digit()))
    {
        return false;
    }
    let prose = !quoted && value.starts_with(char::is_whitespace) && text.contains(':');
    !(prose && is_common(&name, words)) || mixed(&bare) || bare.len() >= 20
}

fn is_common(name: &str, words: &Words) -> bool {
    words.common.iter().any(|c| name.contains(c.as_str()))
}

/// Whether the last word of a sentence on a secret is the secret, and not what is said of
/// it: it mixes letters and digits, or stands in quotes (but parsers quote tokens too).
pub(super) fn told(text: &str, words: &Words) -> bool {
    let last = text.split_whitespace().last().unwrap_or_default();
    let quoted = last.starts_with(['"', '\'', '`']);
    let name = text.to_ascii_lowercase();
    let bare = bare(last);
    given(text, words)
        && ((quoted && !is_common(&name, words)) || (bare.len() >= SHORTEST && mixed(bare)))
}

/// Whether the last word, which someone calls a secret of his own, is one.
pub(super) fn given(text: &str, words: &Words) -> bool {
    let last = bare(text.split_whitespace().last().unwrap_or_default());
    let is = |word: &String| word.eq_ignore_ascii_case(last);
    !last.is_empty() && !absent(last, words) && !words.said.iter().any(is)
}

/// Shorter than this, what mixes letters and digits may be `v2` or `i32`.
const SHORTEST: usize = 6;

fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\'', '`', '.', '!', ')', ':', '='])
}

/// Longest text that is decoded, in bytes.
const ENCODED: usize = 16 << 10;

/// The text that base64 encodes, in either alphabet; `None` if that is no text.
pub(super) fn decoded(text: &str) -> Option<String> {
    if text.len() > ENCODED {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    let hostile = |c: char| c.is_control() && !c.is_ascii_whitespace();
    String::from_utf8(bytes).ok().filter(|text| !text.contains(hostile))
}

/// Whether the last word mixes letters and digits or ends in padding, as
/// encoded bytes do and English words do not.
pub(super) fn mixed(text: &str) -> bool {
    let word = text.split_whitespace().last().unwrap_or_default();
    word.ends_with('=')
        || (word.contains(|c: char| c.is_ascii_digit())
            && word.contains(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a network address could be a person's: of a public network, and with a part
/// that versions, such as `1.2.3.4`, seldom have.
pub(super) fn ip(text: &str) -> bool {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => {
            let own = v4.is_private() || v4.is_loopback() || v4.is_unspecified();
            !own && !v4.is_link_local()
                && !v4.is_broadcast()
                && v4.octets().iter().any(|part| *part > 31)
        }
        Ok(IpAddr::V6(v6)) => {
            // `Cafe::Bad` is a name of a program.
            let named = !text.contains(|c: char| c.is_ascii_digit());
            !named && !v6.is_loopback() && !v6.is_unspecified() && !v6.is_unique_local()
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        assert!(luhn("4111 1111 1111 1111") && luhn("5500-0000-0000-0004"));
        assert!(!luhn("4111 1111 1111 1112") && !luhn("42"));
        assert!(iban("DE89 3704 0044 0532 0130 00") && iban("GB82WEST12345698765432"));
        assert!(!iban("DE88370400440532013000") && !iban("AB12"));
        assert!(ssn("123-45-6789"));
        assert!(!ssn("000-45-6789") && !ssn("900-45-6789") && !ssn("123-00-6789"));
        assert!(ip("203.0.113.77") && ip("2001:db8:85a3::8a2e:370:7334"));
        assert!(!ip("1.2.3.4") && !ip("127.0.0.1") && !ip("192.168.178.44") && !ip("99.0.4844.51"));
        assert!(mixed("Basic dXNlcjpwYXNz=") && !mixed("basic authentication"));
        for encoded in ["dXNlcjpwYXNzPz8_", "dXNlcjpwYXNzPz8/"] {
            assert_eq!(decoded(encoded).as_deref(), Some("user:pass???"));
        }
        assert_eq!(decoded("dXNlcg==").as_deref(), Some("user"));
        for none in ["////", "AAAA", "a b", &"QUFB".repeat(5000)] {
            assert_eq!(decoded(none), None, "{none}");
        }
    }
}
