//! Times as a person gives them.

use jiff::civil::DateTime;

use crate::cli::error::Advice;

/// Seconds since the epoch of a day (its beginning, UTC), a time, or a span such as
/// `90d`, `12w`, `6m`, `1y` before `newest`, the time of the newest data.
pub fn parse(text: &str, newest: i64) -> Result<i64, Advice> {
    let text = text.trim();
    let reason = match super::time(text) {
        Ok(time) => return Ok(time),
        Err(reason) => reason,
    };
    let days = |unit: &str| match unit {
        "d" => Some(1),
        "w" => Some(7),
        "m" => Some(30),
        "y" => Some(365),
        _ => None,
    };
    let unit = text.char_indices().last().map_or(text, |(at, _)| &text[at..]);
    let number = text.strip_suffix(unit).and_then(|n| n.parse::<i64>().ok());
    match (number, days(unit)) {
        (Some(n @ 0..=100_000), Some(days)) => Ok(newest - n * days * 86_400),
        _ => Err(Advice {
            what: format!("`{}` is no time", crate::plain::line(text, 60)),
            // A day that is none of the calendar that can be reckoned with.
            help: match text.parse::<DateTime>() {
                Ok(_) => reason,
                Err(_) => "give a day such as 2026-01-31, or a span before the newest data: 90d, \
                           12w, 6m, 1y"
                    .to_owned(),
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn days_times_and_spans_are_times() {
        assert_eq!(parse("2026-01-31", 0).ok(), Some(1_769_817_600));
        assert_eq!(parse("2026-01-31T00:00:10Z", 0).ok(), Some(1_769_817_610));
        assert_eq!(parse("2w", 2_000_000).ok(), Some(2_000_000 - 14 * 86_400));
        for bad in ["", "d", "ü", "-3d", "3x", "yesterday", "99999999d"] {
            assert!(parse(bad, 0).is_err(), "{bad}");
        }
    }
}
