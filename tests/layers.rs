//! The direction of imports, and who may print or open a connection.

use std::collections::BTreeSet;
use std::path::Path;

/// The modules from top to bottom: each may import from the rows below its own.
const LAYERS: [&[&str]; 9] = [
    &["cli", "hook", "server"],
    &["eval"],
    &["report"],
    &["review"],
    &["agent"],
    &["impact", "history", "risk", "rule"],
    &["index", "docs", "sentry"],
    &["engine", "store", "lang"],
    &["change", "finding", "config", "asset", "plain", "sandbox", "calibration"],
];

/// Neighbours of one row that may meet: from, to, and why.
const NEIGHBOURS: [(&str, &str, &str); 1] =
    [("cli", "hook", "`forewarn hook` installs and runs the hook")];

/// A source file with its tests and comments taken out.
struct File {
    /// Below `src/`, with forward slashes.
    path: String,
    /// Its module of the first level; `main` and `lib` for those files.
    module: String,
    /// Code only, with 1-based line numbers.
    lines: Vec<(usize, String)>,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    read(&root, &root, &mut found);
    assert!(found.len() > 30, "found {} files only", found.len());
    found
}

fn read(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            let module = path.split(['/', '.']).next().unwrap().to_owned();
            // A file of tests, declared as `#[cfg(test)] mod tests;`.
            if !path.ends_with("/tests.rs") {
                found.push(File { lines: code(&text), path, module });
            }
        }
    }
}

/// Leaves out comments and items under `#[cfg(test)]`. The code is formatted,
/// so an item ends at the first line of the same indent that closes it.
fn code(text: &str) -> Vec<(usize, String)> {
    let mut kept = Vec::new();
    let mut until: Option<String> = None;
    let mut pending = false;
    for (n, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let indent = &line[..line.len() - trimmed.len()];
        if let Some(end) = &until {
            if line == end {
                until = None;
            }
        } else if trimmed.starts_with("#[cfg(test)]") {
            pending = true;
        } else if pending && !trimmed.starts_with("#[") {
            pending = false;
            if trimmed.ends_with('{') {
                until = Some(format!("{indent}}}"));
            }
        } else if !trimmed.starts_with("//") && !pending {
            let code = trimmed.split(" // ").next().unwrap_or_default();
            kept.push((n + 1, code.to_owned()));
        }
    }
    kept
}

/// Modules of the first level that a file names through `crate::`.
fn imports(file: &File) -> BTreeSet<(usize, String)> {
    let mut found = BTreeSet::new();
    let text: String = file.lines.iter().map(|(_, l)| format!("{l}\n")).collect();
    let line_of = |at: usize| file.lines[text[..at].matches('\n').count()].0;
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (offset, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if depth == 0 && start && !c.is_whitespace() => {
                        found.insert((line_of(at), word(&list[offset..])));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.insert((line_of(at), word(rest)));
        }
    }
    found
}

fn word(text: &str) -> String {
    text.trim_start_matches("r#").chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

#[test]
fn imports_point_downward_only() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|f| !["main", "lib"].contains(&f.module.as_str())) {
        let Some(own) = layer(&file.module) else {
            wrong.push(format!("src/{}: the module has no place in tests/layers.rs", file.path));
            continue;
        };
        for (line, to) in imports(file).iter().filter(|(_, to)| *to != file.module) {
            let allowed = match layer(to) {
                Some(other) if other > own => true,
                Some(other) if other == own => {
                    NEIGHBOURS.iter().any(|(a, b, _)| (*a, *b) == (&file.module, to))
                }
                _ => false,
            };
            if !allowed {
                wrong.push(format!("src/{}:{line}: {} imports {to}", file.path, file.module));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that do not point downward:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_and_reports_print() {
    let macros = ["println!", "eprintln!", "print!", "eprint!", "dbg!"];
    let prints = |file: &&File| !["cli", "report", "main"].contains(&file.module.as_str());
    assert_absent(files().iter().filter(prints), &macros);
}

/// Who knows the network: the model fetcher, the process that a review reaches its
/// endpoint through, the export from Sentry, and the client of the last two.
const NETWORK: [&str; 4] =
    ["engine/model/", "engine/remote/relay.rs", "engine/http.rs", "sentry/export/client.rs"];

#[test]
fn only_the_fetcher_the_relay_and_the_export_know_the_network() {
    let types = ["std::net", "ureq", "hf_hub", "TcpStream", "UdpSocket", "tokio::net"];
    let elsewhere = |file: &&File| !NETWORK.iter().any(|path| file.path.starts_with(path));
    assert_absent(files().iter().filter(elsewhere), &types);
}

/// Who else reads the environment, and why.
const ENVIRONMENT: [(&str, &str); 1] =
    [("change/repo.rs", "git tells its hooks where the repository lies in variables only")];

#[test]
fn only_the_command_line_reads_the_environment() {
    let words = ["env::var", "env::home_dir", "env::current_dir", "etcetera::", "TimeZone::system"];
    let elsewhere = |file: &&File| {
        file.module != "cli" && ENVIRONMENT.iter().all(|(path, _)| file.path != *path)
    };
    assert_absent(files().iter().filter(elsewhere), &words);
}

fn assert_absent<'a>(files: impl Iterator<Item = &'a File>, words: &[&str]) {
    let mut wrong = Vec::new();
    for file in files {
        for (line, text) in &file.lines {
            for word in words.iter().filter(|w| has_word(text, w)) {
                wrong.push(format!("src/{}:{line}: {word}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "not allowed here:\n{}", wrong.join("\n"));
}

/// Whether the text has the word, not as the end of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn the_checks_see_what_they_should() {
    let text = "//! crate::cli\nuse crate::{\n    finding::{Finding, Location},\n    cli,\n};\n\
                fn f() {\n    crate::store::x(); // crate::hook\n}\n#[cfg(test)]\nmod tests {\n    \
                use crate::eval::x;\n}\n";
    let file = File { path: "a.rs".into(), module: "a".into(), lines: code(text) };
    let names: Vec<String> = imports(&file).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["cli", "finding", "store"]);
    assert!(has_word("println!(x)", "println!") && !has_word("eprintln!(x)", "println!"));
}
