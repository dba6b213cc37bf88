//! Reads exceptions, frames and breadcrumbs, whichever way their keys are
//! written: camelCase by the API, snake_case by the server and the SDKs.

use serde_json::Value;

use super::Frame;
use super::clean::cut;
use super::json::{Object, field, items, number, object, parse_time, scalar, text};
use super::record::{RawException, RawFrame};

/// Most exceptions of a chain, and frames of an exception, that are kept; the
/// deepest stack of the samples has 250 frames.
const EXCEPTIONS: usize = 20;
const FRAMES: usize = 250;
const BREADCRUMBS: usize = 30;
const VARS: usize = 60;
/// Characters kept of a value, a variable, a source line.
pub(super) const VALUE: usize = 4000;
const VAR: usize = 500;
const LINE: usize = 300;

/// Exceptions in the order of the export: the raised one last.
pub(super) fn exceptions(value: &Value) -> Vec<RawException> {
    let list = items(value);
    let skip = list.len().saturating_sub(EXCEPTIONS);
    list.into_iter()
        .skip(skip)
        .map(|exception| RawException {
            error_type: text(exception, &["type"]).unwrap_or_default(),
            value: text(exception, &["value"]).map(|v| cut(&v, VALUE)).unwrap_or_default(),
            frames: exception.get("stacktrace").map(frames).unwrap_or_default(),
        })
        .collect()
}

/// Frames of `{"frames": [...]}`, the crash last.
pub(super) fn frames(stacktrace: &Value) -> Vec<RawFrame> {
    let list = stacktrace.get("frames").map(items).unwrap_or_default();
    let skip = list.len().saturating_sub(FRAMES);
    list.into_iter().skip(skip).map(frame).collect()
}

/// The stack of the thread that crashed, where no exception carries one.
pub(super) fn crashed_thread(threads: &Value) -> Option<Vec<RawFrame>> {
    let threads = items(threads);
    let flag = |t: &&&Object, key: &str| t.get(key).and_then(Value::as_bool) == Some(true);
    let thread = threads
        .iter()
        .find(|t| flag(t, "crashed"))
        .or_else(|| threads.iter().find(|t| flag(t, "current")))?;
    thread.get("stacktrace").map(frames).filter(|f| !f.is_empty())
}

fn frame(raw: &Object) -> RawFrame {
    let line = number(raw, &["lineNo", "lineno"]).and_then(|n| u32::try_from(n).ok());
    let column = number(raw, &["colNo", "colno"]).and_then(|n| u32::try_from(n).ok());
    let abs_path = text(raw, &["absPath", "abs_path"]);
    let function = text(raw, &["function", "rawFunction", "raw_function"]);
    RawFrame {
        frame: Frame {
            filename: text(raw, &["filename"]).or_else(|| abs_path.clone()),
            function: function.map(|f| cut(&f, LINE)),
            module: text(raw, &["module"]),
            line,
            in_app: field(raw, &["inApp", "in_app"]).and_then(Value::as_bool),
            context: context(raw, line),
            vars: raw.get("vars").map(vars).unwrap_or_default(),
        },
        abs_path,
        column,
        package: text(raw, &["package"]),
        platform: text(raw, &["platform"]),
    }
}

/// Source lines around the frame with their numbers.
fn context(raw: &Object, line: Option<u32>) -> Vec<(u32, String)> {
    if let Some(list) = raw.get("context").and_then(Value::as_array) {
        return list
            .iter()
            .filter_map(|pair| {
                let number = u32::try_from(pair.get(0)?.as_u64()?).ok()?;
                Some((number, cut(pair.get(1)?.as_str().unwrap_or_default(), LINE)))
            })
            .collect();
    }
    let lines = |key: &str| -> Vec<String> {
        let list = raw.get(key).and_then(Value::as_array);
        list.into_iter().flatten().map(|l| cut(l.as_str().unwrap_or_default(), LINE)).collect()
    };
    let (Some(line), Some(current)) = (line, text(raw, &["context_line"])) else {
        return Vec::new();
    };
    let before = lines("pre_context");
    let first = line.saturating_sub(u32::try_from(before.len()).unwrap_or(u32::MAX));
    (first..)
        .zip(before.into_iter().chain([cut(&current, LINE)]).chain(lines("post_context")))
        .collect()
}

fn vars(value: &Value) -> Vec<(String, String)> {
    let object = value.as_object().into_iter().flatten();
    object.take(VARS).map(|(name, value)| (name.clone(), cut(&value_text(value), VAR))).collect()
}

fn value_text(value: &Value) -> String {
    scalar(value).unwrap_or_else(|| value.to_string())
}

/// One line for each breadcrumb, oldest first.
pub(super) fn breadcrumbs(value: &Value) -> Vec<String> {
    let list = items(value);
    let skip = list.len().saturating_sub(BREADCRUMBS);
    list.into_iter().skip(skip).map(breadcrumb).filter(|line| !line.is_empty()).collect()
}

fn breadcrumb(raw: &Object) -> String {
    let time = raw
        .get("timestamp")
        .and_then(parse_time)
        .and_then(|s| jiff::Timestamp::from_second(s).ok())
        .map(|t| t.strftime("%H:%M:%S").to_string());
    let category = text(raw, &["category", "type"]);
    let level = text(raw, &["level"]).filter(|l| l != "info");
    let data = object(raw, &["data"]).map(|data| {
        let parts = data.iter().map(|(k, v)| format!("{k}={}", value_text(v)));
        parts.collect::<Vec<_>>().join(" ")
    });
    let parts = [time, category, level, text(raw, &["message"]), data];
    let line = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    cut(&line.split_whitespace().collect::<Vec<_>>().join(" "), LINE)
}
