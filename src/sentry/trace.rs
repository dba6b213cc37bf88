//! Reads exceptions, frames and breadcrumbs, whichever way their keys are
//! written: camelCase by the API, snake_case by the server and the SDKs. What is kept is
//! moved out of the record, for a copy of each of its strings costs as much as its reading.

use std::borrow::Cow;

use serde_json::Value;

use super::Frame;
use super::clean::cut_owned;
use super::json::{
    Object, borrow_text, field, items, items_mut, number, object, parse_time, take_scalar,
    take_text,
};
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

/// Takes the exceptions out, in the order of the export: the raised one last.
pub(super) fn exceptions(value: &mut Value) -> Vec<RawException> {
    let list = items_mut(value);
    let skip = list.len().saturating_sub(EXCEPTIONS);
    list.into_iter()
        .skip(skip)
        .map(|exception| RawException {
            error_type: take_text(exception, &["type"]).unwrap_or_default(),
            value: take_text(exception, &["value"])
                .map(|v| cut_owned(v, VALUE))
                .unwrap_or_default(),
            frames: exception.get_mut("stacktrace").map(frames).unwrap_or_default(),
        })
        .collect()
}

/// Takes the frames out of `{"frames": [...]}`, the crash last.
pub(super) fn frames(stacktrace: &mut Value) -> Vec<RawFrame> {
    let list = stacktrace.get_mut("frames").map(items_mut).unwrap_or_default();
    let skip = list.len().saturating_sub(FRAMES);
    list.into_iter().skip(skip).map(frame).collect()
}

/// The stack of the thread that crashed, where no exception carries one.
pub(super) fn crashed_thread(threads: &mut Value) -> Option<Vec<RawFrame>> {
    let mut threads = items_mut(threads);
    let flag = |t: &Object, key: &str| t.get(key).and_then(Value::as_bool) == Some(true);
    let found = threads
        .iter()
        .position(|t| flag(t, "crashed"))
        .or_else(|| threads.iter().position(|t| flag(t, "current")))?;
    threads[found].get_mut("stacktrace").map(frames).filter(|f| !f.is_empty())
}

fn frame(raw: &mut Object) -> RawFrame {
    let line = number(raw, &["lineNo", "lineno"]).and_then(|n| u32::try_from(n).ok());
    let column = number(raw, &["colNo", "colno"]).and_then(|n| u32::try_from(n).ok());
    let abs_path = take_text(raw, &["absPath", "abs_path"]);
    let function = take_text(raw, &["function", "rawFunction", "raw_function"]);
    RawFrame {
        frame: Frame {
            filename: take_text(raw, &["filename"]).or_else(|| abs_path.clone()),
            function: function.map(|f| cut_owned(f, LINE)),
            module: take_text(raw, &["module"]),
            line,
            in_app: field(raw, &["inApp", "in_app"]).and_then(Value::as_bool),
            context: context(raw, line),
            vars: raw.get_mut("vars").map(vars).unwrap_or_default(),
        },
        abs_path,
        column,
        package: take_text(raw, &["package"]),
        platform: take_text(raw, &["platform"]),
    }
}

/// Source lines around the frame with their numbers.
fn context(raw: &mut Object, line: Option<u32>) -> Vec<(u32, String)> {
    if let Some(list) = raw.get_mut("context").and_then(Value::as_array_mut) {
        return list
            .iter_mut()
            .filter_map(|pair| {
                let [number, text, ..] = pair.as_array_mut()?.as_mut_slice() else { return None };
                Some((u32::try_from(number.as_u64()?).ok()?, source_line(text)))
            })
            .collect();
    }
    let (Some(line), Some(current)) = (line, take_text(raw, &["context_line"])) else {
        return Vec::new();
    };
    let mut lines = |key: &str| -> Vec<String> {
        let list = raw.get_mut(key).and_then(Value::as_array_mut);
        list.into_iter().flatten().map(source_line).collect()
    };
    let before = lines("pre_context");
    let first = line.saturating_sub(u32::try_from(before.len()).unwrap_or(u32::MAX));
    (first..)
        .zip(before.into_iter().chain([cut_owned(current, LINE)]).chain(lines("post_context")))
        .collect()
}

/// A line of source; what is no string is an empty one.
fn source_line(value: &mut Value) -> String {
    match value {
        Value::String(line) => cut_owned(std::mem::take(line), LINE),
        _ => String::new(),
    }
}

fn vars(value: &mut Value) -> Vec<(String, String)> {
    let object = value.as_object_mut().map(std::mem::take).into_iter().flatten();
    let show = |mut v: Value| take_scalar(&mut v).unwrap_or_else(|| v.to_string());
    object.take(VARS).map(|(name, value)| (name, cut_owned(show(value), VAR))).collect()
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
    let category = borrow_text(raw, &["category", "type"]);
    let level = borrow_text(raw, &["level"]).filter(|l| l != "info");
    let message = borrow_text(raw, &["message"]);
    let mut said = String::new();
    for part in [time.map(Cow::Owned), category, level, message].into_iter().flatten() {
        said.push_str(&part);
        said.push(' ');
    }
    for (key, value) in object(raw, &["data"]).into_iter().flatten() {
        said.push_str(key);
        said.push('=');
        match value {
            Value::String(text) => said.push_str(text),
            other => said.push_str(&other.to_string()),
        }
        said.push(' ');
    }
    let mut line = String::with_capacity(said.len());
    for word in said.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    cut_owned(line, LINE)
}
