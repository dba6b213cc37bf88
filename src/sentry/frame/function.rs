//! The name of a function as source code has it, out of what a runtime prints.

use super::{Frame, RawFrame, family};

/// The last identifier of a frame's function; `None` for lambdas, modules and
/// whatever has no name in the source.
pub(in crate::sentry) fn function(frame: &RawFrame, platform: &str) -> Option<String> {
    function_of(&frame.frame, frame.platform.as_deref().unwrap_or(platform))
}

/// As [`function`], of a frame whose platform is known.
pub(in crate::sentry) fn function_of(frame: &Frame, platform: &str) -> Option<String> {
    let platform = family(platform);
    let module = frame.module.as_deref().unwrap_or_default();
    let raw = clip(frame.function.as_deref()?.trim());
    let name = match platform {
        "javascript" => javascript(raw),
        "java" => java(raw, module),
        "go" => go(raw),
        "ruby" => ruby(raw),
        "php" => php(raw),
        "csharp" => csharp(raw, module),
        "rust" => rust(raw),
        "cocoa" => cocoa(raw),
        "elixir" => elixir(raw),
        _ => last(raw, &["::", ".", "#"]),
    }?;
    let name = name.trim();
    let named = name.chars().next().is_some_and(|c| c.is_alphabetic() || "_$@~".contains(c));
    named.then(|| name.to_owned())
}

/// The last identifier of a symbol as a person or a model writes it.
pub(in crate::sentry) fn plain_name(name: &str) -> &str {
    let name = name.split('(').next().unwrap_or(name).trim();
    name.rsplit(['.', ':', '#', '/', '\\', ' ']).find(|s| !s.is_empty()).unwrap_or(name)
}

/// Mangled names run to kilobytes; nothing beyond this is a name.
fn clip(raw: &str) -> &str {
    raw.char_indices().nth(1000).map_or(raw, |(end, _)| &raw[..end])
}

fn last<'a>(raw: &'a str, separators: &[&str]) -> Option<&'a str> {
    let start = separators
        .iter()
        .filter_map(|s| raw.rfind(s).map(|at| at + s.len()))
        .max()
        .unwrap_or_default();
    Some(&raw[start..]).filter(|s| !s.is_empty())
}

fn javascript(raw: &str) -> Option<&str> {
    let raw = raw.split(" [as ").next()?;
    let raw = raw.rsplit(' ').next()?; // `async f`, `new F`, `get f`
    if raw.ends_with('>') {
        return None; // `null.<anonymous>`
    }
    // Bundlers number what they rename: `fn$1`.
    let raw = match raw.rsplit_once('$') {
        Some((name, digits)) if is_number(digits) => name,
        _ => raw,
    };
    // Firefox writes paths of scopes: `a/b`, `g/</t[e]`.
    raw.rsplit(|c: char| !(c.is_alphanumeric() || "_$#".contains(c)))
        .map(|s| s.trim_end_matches('$').trim_start_matches('#'))
        .find(|s| !s.is_empty())
}

fn java<'a>(raw: &'a str, module: &'a str) -> Option<&'a str> {
    let class = module.rsplit('.').next().unwrap_or_default();
    match raw {
        "<init>" | "<clinit>" => class.rsplit('$').find(|s| !is_number(s)),
        // A suspended or anonymous body: the function is part of the class name.
        "invokeSuspend" | "invoke" if class.contains('$') => {
            class.split('$').rev().find(|s| !is_number(s))
        }
        _ if raw.starts_with("access$") => None,
        _ => match raw.strip_prefix("lambda$") {
            // A lambda within a lambda has lost its name.
            Some(rest) => rest.split('$').next().filter(|name| *name != "null"),
            None => raw.split('$').find(|s| !is_number(s) && *s != "anonfun"),
        },
    }
}

fn is_number(text: &str) -> bool {
    text.is_empty() || text.bytes().all(|b| b.is_ascii_digit())
}

fn go(raw: &str) -> Option<&str> {
    let raw = raw.split('[').next()?;
    let raw = raw.rsplit('/').next()?;
    let closure = |s: &str| {
        let s = s.trim_start_matches("func").trim_start_matches("gowrap");
        s.bytes().all(|b| b.is_ascii_digit())
    };
    raw.rsplit('.')
        .map(|s| s.trim_end_matches("-fm").trim_matches(['(', ')', '*']))
        .find(|s| !closure(s))
}

fn ruby(raw: &str) -> Option<&str> {
    let raw = last(raw, &[" in "])?;
    if raw.starts_with('<') {
        return None; // `<main>`, `<top (required)>`, `<class:Cart>`
    }
    last(raw, &["#", ".", "::"])
}

fn php(raw: &str) -> Option<&str> {
    // PHP 8.4 says where a closure is: `{closure:Shop\Cart::total():42}`.
    let raw = match raw.split_once("{closure:") {
        Some((_, within)) => within.split_once('(')?.0,
        None => raw,
    };
    last(raw, &["::", "\\", "->"]).filter(|n| !n.starts_with('{'))
}

fn csharp<'a>(raw: &'a str, module: &'a str) -> Option<&'a str> {
    // A local function stands with the method around it: `<<Total>g__Add|1_0>d`.
    let inner = |text: &'a str| {
        let (_, rest) = text.split_once('<')?;
        rest.trim_start_matches('<').split_once('>').map(|(name, _)| name).filter(|n| !n.is_empty())
    };
    if raw == "MoveNext" {
        return inner(module.rsplit(['.', '+']).next()?);
    }
    if raw.starts_with('<') {
        return inner(raw);
    }
    // `async Task<string> Cart.Label(User user)+() => { }`: what returns, class, method,
    // arguments, and that it is a lambda within.
    let raw = match raw.strip_prefix('(') {
        // A tuple is returned.
        Some(rest) => rest.split_once(')')?.1,
        None => raw,
    };
    let raw = top_level(raw, '(').map_or(raw, |at| &raw[..at]);
    let raw = raw.split('{').next()?;
    let mut start = 0;
    let mut depth = 0i32;
    for (at, c) in raw.trim_end().char_indices() {
        match c {
            '<' | '[' => depth += 1,
            '>' | ']' => depth -= 1,
            ' ' if depth == 0 => start = at + 1,
            _ => {}
        }
    }
    let raw = raw[start..].split(['[', '{', '<', '`', ' ']).next()?;
    last(raw, &["."])
}

fn rust(raw: &str) -> Option<&str> {
    let mut rest = raw;
    // Arguments and return type of C++ and of Rust's legacy symbols.
    if let Some(at) = top_level(rest, '(').filter(|at| *at > 0) {
        rest = &rest[..at];
    }
    let mut end = rest.len();
    loop {
        let head = &rest[..end];
        let start = top_level_last(head).unwrap_or(0);
        let segment = head[start..].trim();
        let hash = segment.len() == 17
            && segment.starts_with('h')
            && segment[1..].bytes().all(|b| b.is_ascii_hexdigit());
        let name = segment.split(['<', '[', '(']).next().unwrap_or_default().trim();
        let closure = segment.starts_with('{') || segment.starts_with("$u7b$");
        if !hash && !closure && !name.is_empty() {
            // `int f` of a C++ symbol with its return type.
            return name.rsplit([' ', '*', '&']).next();
        }
        if start < 2 {
            return None;
        }
        end = start - 2;
    }
}

/// Where a character first stands outside angle brackets and braces.
fn top_level(text: &str, wanted: char) -> Option<usize> {
    let mut depth = 0i32;
    for (at, c) in text.char_indices() {
        match c {
            c if c == wanted && depth == 0 => return Some(at),
            '<' | '{' => depth += 1,
            '>' | '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Where the part behind the last `::` outside brackets begins.
fn top_level_last(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0i32;
    for at in (1..bytes.len()).rev() {
        match bytes[at] {
            b'>' | b'}' | b')' | b']' => depth += 1,
            b'<' | b'{' | b'(' | b'[' => depth -= 1,
            b':' if depth == 0 && bytes[at - 1] == b':' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn cocoa(raw: &str) -> Option<&str> {
    if let Some((_, rest)) = raw.split_once('[').filter(|(head, _)| head.ends_with(['-', '+'])) {
        let selector = rest.split([' ', ']']).nth(1)?;
        return selector.split(':').next();
    }
    let raw = raw.rsplit(" in ").next()?; // `closure #1 in Cart.total(x:)`
    last(raw.split('(').next()?, &["."]).filter(|n| !n.starts_with('<'))
}

fn elixir(raw: &str) -> Option<&str> {
    let raw = raw.rsplit(" in ").next()?;
    let name = last(raw.rsplit_once('/').map_or(raw, |(name, _)| name), &["."])?;
    // What a macro redefines: `Endpoint."call (overridable 4)"/2`.
    name.trim_matches('"').split(' ').next()
}
