//! Times of records: what counts as the time of an event, and which times cannot be.

use serde_json::Value;

use super::json::{Object, parse_time};

/// How far a clock may be ahead, in seconds.
const AHEAD: i64 = 86_400;

/// Keys of issues and events that hold a time.
const TIMES: [&str; 9] = [
    "dateCreated",
    "dateReceived",
    "datetime",
    "timestamp",
    "received",
    "firstSeen",
    "lastSeen",
    "first_seen",
    "last_seen",
];

/// Keys of an issue that hold events.
const EVENTS: [&str; 3] = ["event", "latestEvent", "events"];

/// The time of the first key that holds one: seconds since the epoch, rounded up, so
/// that a snapshot holds nothing later than its time.
pub(super) fn time(object: &Object, keys: &[&str]) -> Option<i64> {
    keys.iter().find_map(|key| read(object.get(*key)?))
}

/// The later of two times: an event is known from when the server received it, and a
/// client's clock may be behind. Seconds since the epoch, rounded up.
pub(super) fn later(object: &Object, created: &[&str], received: &str) -> Option<i64> {
    time(object, created).max(time(object, &[received]))
}

fn read(value: &Value) -> Option<i64> {
    let seconds = parse_time(value)?;
    let parted = match value {
        Value::Number(number) => number.as_f64().is_some_and(|f| f.fract() != 0.0),
        Value::String(text) => text.split_once(['.', ',']).is_some_and(|(_, rest)| {
            rest.bytes().take_while(u8::is_ascii_digit).any(|digit| digit != b'0')
        }),
        _ => false,
    };
    Some(seconds + i64::from(parted))
}

/// Removes the times of a record, and of the events it carries, that lie more than a
/// day after `now` (seconds since the epoch; 0 if that is not known, and then nothing
/// is removed), and says whether there were any. One event of a wrong clock would
/// otherwise be the newest data, from which all searches count back.
pub(super) fn drop_future(record: &mut Object, now: i64) -> bool {
    if now <= 0 {
        return false;
    }
    let mut any = false;
    for key in TIMES {
        let late = record.get(key).and_then(parse_time).is_some_and(|time| time > now + AHEAD);
        if late {
            record.shift_remove(key);
            any = true;
        }
    }
    for key in EVENTS {
        match record.get_mut(key) {
            Some(Value::Object(event)) => any |= drop_future(event, now),
            Some(Value::Array(events)) => {
                for event in events.iter_mut().filter_map(Value::as_object_mut) {
                    any |= drop_future(event, now);
                }
            }
            _ => {}
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_counts_from_when_it_was_known() {
        let later_of = |value: Value| later(value.as_object().unwrap(), &["a", "b"], "r");
        assert_eq!(later_of(json!({"a": 10, "b": 99, "r": 20})), Some(20));
        assert_eq!(later_of(json!({"b": 30, "r": 20})), Some(30));
        assert_eq!(later_of(json!({"r": 20.1})), Some(21));
        assert_eq!(later_of(json!({"a": "1970-01-01T00:00:10.000000Z"})), Some(10));
        assert_eq!(later_of(json!({"a": "1970-01-01T00:00:10.900Z", "r": null})), Some(11));
        assert_eq!(later_of(json!({})), None);
    }
}
