//! Tests that tell numbers with a check digit from other numbers, so that the
//! scrubber leaves ids and times alone.

// `core` has the notation of addresses and nothing that could use one.
use core::net::IpAddr;

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

/// Values that say that there is none, or that it was removed.
const ABSENT: [&str; 9] =
    ["none", "null", "nil", "undefined", "true", "false", "<nil>", "missing", "[filtered]"];

/// Whether a value says that there is none, or that it was removed.
pub(super) fn absent(value: &str) -> bool {
    ABSENT.contains(&value.trim().to_ascii_lowercase().as_str())
}

/// Whether what stands behind a telling name is a value that was assigned to it: not one
/// that says there is none, and of a name that parsers and protocols also use, not prose.
pub(super) fn assigned(text: &str) -> bool {
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
    if bare.is_empty() || absent(&bare) {
        return false;
    }
    let name = name.trim_end_matches(['"', '\'', '\\', ' ']).to_ascii_lowercase();
    if ["_type", "_count", "_len", "_length", "_limit"].iter().any(|end| name.ends_with(end))
        || (name.ends_with("tokens") && bare.bytes().all(|b| b.is_ascii_digit()))
    {
        return false;
    }
    let prose = !quoted && value.starts_with(char::is_whitespace) && text.contains(':');
    let common = ["token", "csrf", "private_key", "authorization", "credential"];
    !(prose && common.iter().any(|c| name.contains(c))) || mixed(&bare) || bare.len() >= 20
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
    }
}
