//! Compares versions, of whatever ecosystem.

use std::cmp::{Ordering, Reverse};

/// The numbers a version begins with, and what follows them.
fn parts(version: &str) -> (Vec<u64>, &str) {
    let version = version.trim().trim_start_matches(['v', 'V', '=']);
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let (numbers, rest) = version.split_at(end);
    let numbers = numbers.split('.').filter_map(|n| n.parse().ok()).collect();
    (numbers, rest)
}

/// Orders versions, older ones first; one with a suffix, such as `-rc.1`, comes
/// before the same without.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let ((a_numbers, a_rest), (b_numbers, b_rest)) = (parts(a), parts(b));
    let most = a_numbers.len().max(b_numbers.len());
    let at = |numbers: &[u64], n: usize| numbers.get(n).copied().unwrap_or(0);
    (0..most).map(|n| at(&a_numbers, n).cmp(&at(&b_numbers, n))).find(|o| o.is_ne()).unwrap_or_else(
        || (a_rest.is_empty(), a_rest).cmp(&(b_rest.is_empty(), b_rest)).then_with(|| a.cmp(b)),
    )
}

/// Whether both name one version, however they are written.
pub(super) fn same(a: &str, b: &str) -> bool {
    let ((mut a_numbers, a_rest), (mut b_numbers, b_rest)) = (parts(a), parts(b));
    let length = a_numbers.len().max(b_numbers.len());
    a_numbers.resize(length, 0);
    b_numbers.resize(length, 0);
    a_numbers == b_numbers && a_rest == b_rest
}

/// How far a version is from the wanted one: less is nearer. First counts how many
/// numbers agree from the start, then how far the next ones are apart, then the
/// newer is taken.
pub(super) fn distance(version: &str, wanted: &str) -> (Reverse<usize>, u64, bool) {
    let ((a, a_rest), (b, b_rest)) = (parts(version), parts(wanted));
    let length = a.len().max(b.len());
    let at = |numbers: &[u64], n: usize| numbers.get(n).copied().unwrap_or(0);
    let common = (0..length).take_while(|n| at(&a, *n) == at(&b, *n)).count();
    let apart = at(&a, common).abs_diff(at(&b, common));
    let rank = common + usize::from(common == length && a_rest == b_rest);
    (Reverse(rank), apart, compare(version, wanted).is_lt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number() {
        let mut all = ["1.10.0", "v1.9", "1.10.0-rc.1", "2", "0.0.1"];
        all.sort_by(|a, b| compare(a, b));
        assert_eq!(all, ["0.0.1", "v1.9", "1.10.0-rc.1", "1.10.0", "2"]);
        assert!(same("v1.2.0", "1.2") && !same("1.2.0-rc1", "1.2.0"));
    }

    #[test]
    fn the_nearest_shares_the_most_leading_numbers() {
        let nearest = |wanted: &str, all: &[&str]| {
            all.iter().min_by_key(|v| distance(v, wanted)).map(|v| (*v).to_owned()).unwrap()
        };
        assert_eq!(nearest("2.3.1", &["2.1.0", "3.0.0", "1.9"]), "2.1.0");
        assert_eq!(nearest("2.3.1", &["2.3.4", "2.4.0"]), "2.3.4");
        assert_eq!(nearest("2.3.1", &["2.3.0", "2.3.2"]), "2.3.2");
        assert_eq!(nearest("1.0.0", &["1.0.0-rc.1", "1.0.0"]), "1.0.0");
    }
}
