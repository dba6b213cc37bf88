//! Results that may be nothing, used as if they were there.
//!
//! A call on a line of the change means one function of the repository; that function has
//! a way out without a value; the caller takes a member of the result, or goes through it,
//! before anything asks about it. A way out that the caller's own arguments rule out
//! (`if not text: return None`) does not count, nor a function whose other callers do not
//! ask either.

use std::ops::Range;

use regex::Regex;
use tree_sitter::Node;

use crate::finding::Hypothesis;
use crate::index::Symbol;
use crate::lang::CallSite;

use super::super::DraftError;
use super::super::access::{Access, Use};
use super::super::source::{fold, last, mentions};
use super::site::{Taken, taken, tried};
use super::table::is;
use super::{Part, Read, Told, Work, hypothesis, place, shown};

/// Other callers that are looked at.
const CALLERS: usize = 12;
/// Functions longer than this are not looked through.
const LINES: u32 = 400;

/// A way out of a function without a value.
struct Exit {
    start: u32,
    end: u32,
    /// It runs off the end of its body.
    off: bool,
}

/// What the other callers do.
#[derive(Default)]
struct Others {
    asked: Vec<(String, u32, String)>,
    bare: usize,
}

pub(super) fn find(work: &Work<'_>, part: &Part<'_>) -> Result<Vec<Hypothesis>, DraftError> {
    let mut found: Vec<Hypothesis> = Vec::new();
    for call in &part.calls {
        let near = call.line.saturating_sub(1)..=call.end + 30;
        if part.touched.range(near).next().is_none() {
            continue;
        }
        if let Some(one) = examine(work, part, call)?
            && !found.iter().any(|h| h.location.overlaps(&one.location))
        {
            found.push(one);
        }
    }
    Ok(found)
}

fn examine(
    work: &Work<'_>,
    part: &Part<'_>,
    call: &CallSite,
) -> Result<Option<Hypothesis>, DraftError> {
    let read = &*part.head;
    let source = &read.source;
    if source.language.is_ambient(&call.name) {
        return Ok(None);
    }
    let Some(node) = place::call(source, read.row, &call.range) else { return Ok(None) };
    let Taken::Bare { access, name } = taken(read, node) else { return Ok(None) };
    if !matches!(access.used, Use::Member | Use::Subscript | Use::Iteration) {
        return Ok(None);
    }
    let function = read.style.function(source, &call.range);
    if !is_new(work, part, call, &access, name.as_deref())
        || tried(read, call.line, &function)
        || tried(read, access.line, &function)
        || is_ruled_out(read, call, &function)
    {
        return Ok(None);
    }
    let Some(callee) = work.callee(part, call)? else { return Ok(None) };
    let Some(target) = work.file(&callee.path)? else { return Ok(None) };
    let Some(exit) = exit(&target, &callee, &access) else { return Ok(None) };
    let others = others(work, &callee)?;
    let prior = &work.table.prior;
    let asked = others.asked.len();
    if others.bare > 0 && others.bare * 3 >= asked {
        return Ok(None);
    }
    let certain = if asked > 0 { prior.nothing_asked } else { prior.nothing_alone };
    Ok(Some(told(part, call, &access, &callee, &target, &exit, &others, certain)))
}

/// Whether the change wrote the call or the use, or took something from between them that
/// spoke of the value.
fn is_new(
    work: &Work<'_>,
    part: &Part<'_>,
    call: &CallSite,
    access: &Access,
    name: Option<&str>,
) -> bool {
    if work.fresh(part, call.line) || work.fresh(part, access.line) {
        return true;
    }
    let Some(name) = name else { return false };
    let removed = part.file.hunks.iter().any(|hunk| {
        let mut at = hunk.new_start;
        hunk.lines.iter().any(|l| {
            at = l.new.unwrap_or(at);
            let between = call.line <= at && at <= access.line;
            l.new.is_none() && between && mentions(&l.text, last(name))
        })
    });
    removed && part.touched.range(call.line..=access.line).next().is_some()
}

/// Whether a check around the call asks about what it is given.
fn is_ruled_out(read: &Read<'_>, call: &CallSite, function: &Range<usize>) -> bool {
    let source = &read.source;
    let Ok(word) = Regex::new(r"[A-Za-z_$@]\w*") else { return true };
    let text = source.slice(&call.range);
    let own = source.language.self_names();
    let names: Vec<&str> = word
        .find_iter(text)
        .map(|m| m.as_str())
        .filter(|n| *n != call.name && !own.iter().any(|o| o == n))
        .collect();
    let about = |t: &str| names.iter().any(|n| mentions(t, n)) || mentions(t, &call.name);
    read.guards_in(function)
        .filter(|g| g.range.end <= call.range.start)
        .filter(|g| !["try", "close", "await", "lock", "optional"].contains(&g.kind.as_str()))
        .any(|g| about(g.condition.as_deref().or(g.subject.as_deref()).unwrap_or_default()))
}

/// How a function gives nothing, although it gives values elsewhere.
fn exit(target: &Read<'_>, callee: &Symbol, access: &Access) -> Option<Exit> {
    let source = &target.source;
    if callee.end - callee.start > LINES {
        return None;
    }
    let node = function(target, callee)?;
    if is_wrapped(target, callee) {
        return None;
    }
    let row = target.row;
    let parameters = parameters(target, node);
    let (mut valued, mut exits, mut yields) = (row.last_is_value, Vec::new(), false);
    place::walk(node, |here| {
        let kind = here.kind();
        if here != node && target.style.is_function(kind) {
            return false;
        }
        yields |= is(&row.generator, kind);
        if is(&row.returns, kind) {
            match value(target, here) {
                Value::Nothing => exits.push(here),
                Value::Something => valued = true,
                Value::Either => {
                    valued = true;
                    exits.push(here);
                }
            }
        }
        true
    });
    if yields || (source.language.family() == "go" && !has_one_result(target, node)) {
        return None;
    }
    // Going through nil is no error in Go, nor is taking an element of a nil map.
    if source.language.family() == "go" && access.used != Use::Member {
        return None;
    }
    let returned = exits.iter().find(|e| !is_passed_through(target, **e, node, &parameters));
    if let Some(exit) = returned.filter(|_| valued || declares(callee)) {
        let (start, end) = place::lines(*exit);
        return Some(Exit { start, end, off: false });
    }
    let body = node.child_by_field_name("body")?;
    let mut cursor = body.walk();
    let end = body.named_children(&mut cursor).filter(|c| !c.is_extra()).last()?;
    let open = row.runs_off
        && valued
        && is(&row.open, end.kind())
        && end.child_by_field_name("alternative").is_none()
        && exits.is_empty();
    let line = place::lines(end).0;
    open.then_some(Exit { start: line, end: line, off: true })
}

/// The syntax node of a function.
fn function<'t>(target: &'t Read<'_>, callee: &Symbol) -> Option<Node<'t>> {
    let mut found = None;
    place::walk(target.source.tree.root_node(), |node| {
        let (start, end) = place::lines(node);
        if found.is_some() || end < callee.start || start > callee.end {
            return false;
        }
        let inside = callee.start <= start && start <= callee.line && end <= callee.end;
        if inside && end >= callee.line && target.style.is_function(node.kind()) {
            found = Some(node);
        }
        true
    });
    found
}

/// Whether a decorator may make another result of it.
fn is_wrapped(target: &Read<'_>, callee: &Symbol) -> bool {
    (callee.start..callee.line)
        .map(|n| target.source.line(n).trim())
        .filter_map(|l| l.strip_prefix('@'))
        .any(|l| {
            let name = l.split(['(', ' ']).next().unwrap_or(l);
            target.source.language.family() == "python" && !is(&target.row.decorators, last(name))
        })
}

fn parameters(target: &Read<'_>, node: Node<'_>) -> Vec<String> {
    let Some(list) = node.child_by_field_name("parameters") else { return Vec::new() };
    let mut names = Vec::new();
    place::walk(list, |here| {
        if here.kind() == "identifier" {
            names.push(target.source.slice(&here.byte_range()).to_owned());
        }
        true
    });
    names.retain(|n| !target.source.language.self_names().iter().any(|s| s == n));
    names
}

enum Value {
    Nothing,
    Something,
    Either,
}

fn value(target: &Read<'_>, exit: Node<'_>) -> Value {
    let mut cursor = exit.walk();
    let given = exit.named_children(&mut cursor).find(|c| !c.is_extra());
    let Some(given) = given else { return Value::Nothing };
    let text = fold(target.source.slice(&given.byte_range()));
    let nulls = &target.style.nulls;
    if nulls.contains(&text) {
        return Value::Nothing;
    }
    let either = nulls
        .iter()
        .any(|n| text.ends_with(&format!(" else {n}")) || text.ends_with(&format!(" : {n}")));
    if either { Value::Either } else { Value::Something }
}

/// Whether a way out is taken for what the caller passes: nothing in, nothing out.
fn is_passed_through(
    target: &Read<'_>,
    exit: Node<'_>,
    function: Node<'_>,
    parameters: &[String],
) -> bool {
    let conditions: Vec<Node<'_>> = std::iter::once(exit)
        .chain(place::around(exit))
        .take_while(|n| *n != function)
        .filter_map(|n| n.child_by_field_name("condition"))
        .collect();
    let Some(nearest) = conditions.first() else { return false };
    let Ok(word) = Regex::new(r"[A-Za-z_$@]\w*") else { return true };
    let text = target.source.slice(&nearest.byte_range());
    let words = [
        "not",
        "is",
        "and",
        "or",
        "in",
        "len",
        "isinstance",
        "typeof",
        "None",
        "null",
        "nil",
        "undefined",
        "length",
        "isEmpty",
        "empty",
        "size",
        "str",
        "string",
        "int",
        "dict",
        "list",
    ];
    let about = |n: &str| parameters.iter().any(|p| p == n);
    word.find_iter(text).all(|m| words.contains(&m.as_str()) || about(m.as_str()))
        || word.find_iter(text).next().is_some_and(|m| about(m.as_str())) && !text.contains('(')
}

/// Whether a Go function gives one value, and no error: of that `nil` is the good case.
fn has_one_result(target: &Read<'_>, node: Node<'_>) -> bool {
    node.child_by_field_name("result").is_some_and(|r| {
        let text = target.source.slice(&r.byte_range());
        !text.contains(',') && text != "error"
    })
}

/// Whether a signature says that the result may be nothing.
fn declares(callee: &Symbol) -> bool {
    let text = &callee.signature;
    let result = text.rsplit_once("->").or(text.rsplit_once("):")).map_or("", |(_, r)| r);
    ["Optional[", "None", "null", "undefined"].iter().any(|w| result.contains(w))
}

fn others(work: &Work<'_>, callee: &Symbol) -> Result<Others, DraftError> {
    let mut others = Others::default();
    for used in work.others(callee)?.into_iter().take(CALLERS) {
        let Some(read) = work.file(&used.path)? else { continue };
        let node = place::call_at(&read.source, read.row, used.line, &callee.name);
        let Some(node) = node else { continue };
        match taken(&read, node) {
            Taken::Asked => {
                let text = read.source.line(used.line).trim().to_owned();
                others.asked.push((used.path.clone(), used.line, text));
            }
            Taken::Bare { access, .. } if access.used != Use::Division => others.bare += 1,
            _ => {}
        }
    }
    Ok(others)
}

#[expect(clippy::too_many_arguments, reason = "all that a hypothesis tells")]
fn told(
    part: &Part<'_>,
    call: &CallSite,
    access: &Access,
    callee: &Symbol,
    target: &Read<'_>,
    exit: &Exit,
    others: &Others,
    prior: f64,
) -> Hypothesis {
    let source = &part.head.source;
    let nothing = target.style.nulls.first().map_or("null", String::as_str);
    let name = &call.name;
    let way = match exit.off {
        true => format!("runs off its end behind line {}", exit.start),
        false => format!("returns {nothing} at line {}", exit.start),
    };
    let use_ = fold(source.line(access.line));
    let mut evidence = vec![shown(&target.source, exit.start, exit.end, "where it gives nothing")];
    if access.line != call.line {
        evidence.push(shown(source, access.line, access.line, "where it is used"));
    }
    for (path, line, text) in others.asked.iter().take(2) {
        evidence.push(crate::finding::Evidence {
            source: crate::finding::Source::File { path: path.clone(), start: *line, end: *line },
            quote: text.clone(),
            note: Some("another caller asks first".to_owned()),
        });
    }
    let asked = match others.asked.len() {
        0 => String::new(),
        1 => " The other caller asks first.".to_owned(),
        n => format!(" {n} other callers ask first."),
    };
    let told = Told {
        rule: "may_be_nothing",
        kind: "null_dereference",
        title: format!("the result of `{name}` may be {nothing}"),
        mechanism: format!(
            "`{name}` ({}:{}) {way}. Here its result is used without a check: `{use_}`. When there is none, this fails.{asked}",
            callee.path, callee.line
        ),
        assumption: format!("`{name}` always finds something here"),
        question: format!("Can `{name}` give {nothing} for what is passed here?"),
        prior,
        severity: 0.65,
        fix: format!("Ask whether `{name}` gave something before it is used."),
        checked: vec![
            format!("`{name}` has a way out without a value"),
            "nothing between the call and the use asks about it".to_owned(),
        ],
        unchecked: vec!["whether the arguments passed here rule that way out".to_owned()],
    };
    let lines = match access.line {
        line if line.abs_diff(call.line) <= 3 => (line.min(call.line), line.max(call.line)),
        line if part.lines.added.contains(&line) => (line, line),
        _ => (call.line, call.line),
    };
    hypothesis(part, lines, told, evidence)
}
