//! Reads what people and their tools write for a number or a time.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::file;
use crate::sentry::json::parse_time;

/// Between the groups of a number; the last two are spaces that do not break.
const GROUPS: [char; 7] = [',', '.', ' ', '\'', '_', '\u{a0}', '\u{202f}'];
/// Seconds since the epoch before which a number is no time: 1973, which is also about
/// where milliseconds begin to look like seconds.
const EARLY: f64 = 1e8;
/// And after which it counts something finer.
const LATE: f64 = 1e11;

/// A count: `25`, `25.0`, `1,234`, `1 234`, `1.2k`, `3M`. `None` for all else.
pub(super) fn count(cell: &str) -> Option<u64> {
    let cell = cell.to_lowercase();
    let end = cell.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (number, suffix) = cell.split_at(end);
    let factor = match suffix.trim() {
        "" => 1,
        suffix => *file().suffixes.get(suffix)?,
    };
    let mut parts: Vec<&str> = number.split(GROUPS).collect();
    if !parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let of_three = |parts: &[&str]| parts.iter().skip(1).all(|part| part.len() == 3);
    // `1.234` is a whole number with groups, but `1.234k` is not.
    let grouped = of_three(&parts) && (factor == 1 || parts.len() > 2 || !number.contains('.'));
    let fraction = if grouped { "" } else { parts.pop().unwrap_or_default() };
    if !of_three(&parts) || (factor == 1 && fraction.bytes().any(|b| b != b'0')) {
        return None;
    }
    let whole = parts.concat().parse::<u64>().ok()?.checked_mul(factor)?;
    let part = match fraction.trim_end_matches('0') {
        "" => 0,
        digits => {
            let scale = 10_u64.checked_pow(u32::try_from(digits.len()).ok()?)?;
            digits.parse::<u64>().ok()?.checked_mul(factor)? / scale
        }
    };
    whole.checked_add(part)
}

/// A time as the API writes it. `None` for what cannot be read, or could be two days.
pub(super) fn time(cell: &str) -> Option<String> {
    let cell = cell.replace(['\u{a0}', '\u{202f}'], " ");
    if let Ok(number) = cell.parse::<f64>() {
        let seconds = [1.0, 1e3, 1e6, 1e9].map(|unit| number / unit);
        let seconds = seconds.into_iter().find(|s| (EARLY..LATE).contains(s))?;
        return Some(seconds.to_string());
    }
    let file = file();
    let bare = file.utc.iter().find_map(|name| cell.strip_suffix(name.as_str()));
    let bare = bare.unwrap_or(&cell).trim_end();
    if parse_time(&Value::from(bare)).is_some() {
        return Some(bare.to_owned());
    }
    file.times.iter().find_map(|format| parsed(format, bare)).map(|time| time.to_string())
}

fn parsed(format: &str, text: &str) -> Option<Timestamp> {
    let read = BrokenDownTime::parse(format, text).ok()?;
    if read.offset().is_some() {
        return read.to_timestamp().ok();
    }
    let time = match read.hour() {
        Some(_) => read.to_datetime().ok()?,
        None => read.to_date().ok()?.to_datetime(Time::midnight()),
    };
    TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_every_form() {
        for (cell, number) in [
            ("25", 25),
            ("1,234", 1234),
            ("1.234.567", 1_234_567),
            ("1 234", 1234),
            ("1'234", 1234),
            ("25.0", 25),
            ("1,234.00", 1234),
            ("1.2k", 1200),
            ("1,2k", 1200),
            ("1.234k", 1234),
            ("12K", 12_000),
            ("3M", 3_000_000),
            ("2.5 m", 2_500_000),
            ("1b", 1_000_000_000),
        ] {
            assert_eq!(count(cell), Some(number), "{cell}");
        }
        for cell in
            ["-3", "1.5", "many", "12x", "1,23,4", "99+", "k", ".5k", "99999999999999999999", "1e3"]
        {
            assert_eq!(count(cell), None, "{cell}");
        }
    }

    #[test]
    fn times_of_every_form() {
        let second = Some(1_795_169_472);
        for cell in [
            "2026-11-20T10:11:12Z",
            "2026-11-20 10:11:12 UTC",
            "2026-11-20 10:11:12",
            "2026-11-20 10:11:12+00:00",
            "2026-11-20 11:11:12 +0100",
            "2026/11/20 10:11:12",
            "Nov 20, 2026 10:11:12 AM",
            "Nov 20, 2026, 10:11:12\u{202f}AM",
            "November 20, 2026 10:11:12 AM UTC",
            "20 Nov 2026 10:11:12",
            "Fri, 20 Nov 2026 10:11:12 +0000",
            "Fri, 20 Nov 2026 10:11:12 GMT",
            "Fri Nov 20 10:11:12 2026",
            "20.11.2026 10:11:12",
            "1795169472",
            "1795169472123",
            "1795169472123456",
        ] {
            let read = time(cell).unwrap_or_else(|| panic!("{cell}"));
            assert_eq!(parse_time(&Value::from(read)), second, "{cell}");
        }
        for (cell, seconds) in [
            ("Nov 20, 2026 10:11 AM", 1_795_169_460),
            ("Nov 20, 2026 10:11 PM", 1_795_212_660),
            ("2026-11-20 10:11", 1_795_169_460),
            ("2026-11-20", 1_795_132_800),
            ("Nov 20, 2026", 1_795_132_800),
            ("20.11.2026", 1_795_132_800),
        ] {
            let read = time(cell).unwrap_or_else(|| panic!("{cell}"));
            assert_eq!(parse_time(&Value::from(read)), Some(seconds), "{cell}");
        }
        // Of those with slashes it is not known which is the month.
        for cell in ["11/20/2026", "2 hours ago", "yesterday", "45980.4", "7", "-1795169472"] {
            assert_eq!(time(cell), None, "{cell}");
        }
    }
}
