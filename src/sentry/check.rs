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
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
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
                && v4.octets().iter().filter(|part| **part > 31).count() > 1
        }
        Ok(IpAddr::V6(v6)) => !v6.is_loopback() && !v6.is_unspecified() && !v6.is_unique_local(),
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
