//! Tests of index: languages read their fixtures as annotated, and the index
//! answers over real repositories.

use std::path::Path;

use forewarn::asset::Assets;
use forewarn::lang::{GUARD_KINDS, Language, Languages, Parameter};

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/index")
}

fn languages() -> Languages {
    Languages::load(&Assets::builtin()).unwrap()
}

fn shape(parameters: &[Parameter]) -> String {
    let one = |p: &Parameter| {
        let mut text = String::new();
        if p.variadic {
            text.push('*');
        }
        if p.keyword_only {
            text.push(':');
        }
        text.push_str(&p.name.split_whitespace().collect::<String>());
        if let Some(ty) = &p.ty {
            text.push_str(&format!("<{}>", ty.split_whitespace().collect::<String>()));
        }
        if p.default {
            text.push('=');
        }
        text
    };
    parameters.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What the queries find, as `(line, note)`; the notes are the fixtures' own.
fn notes(language: &Language, text: &str) -> Vec<(u32, String)> {
    let tree = language.parse(text).unwrap();
    assert!(!tree.root_node().has_error(), "{} does not parse its fixture", language.name);
    let mut notes = Vec::new();
    for d in language.definitions(&tree, text) {
        let doc = d.doc.as_deref().map(|d| format!(" \"{d}\"")).unwrap_or_default();
        let lines = format!("{}+{}", i64::from(d.start) - i64::from(d.line), d.end - d.line);
        notes.push((d.line, format!("def {} {} {lines}{doc}", d.kind.as_str(), d.qualified)));
        let parameters = language.parameters(&tree, text, &d);
        if !parameters.is_empty() {
            notes.push((d.line, format!("params {}", shape(&parameters))));
        }
    }
    for c in language.calls(&tree, text) {
        let receiver = c.receiver.map(|r| format!("({r}).")).unwrap_or_default();
        let mut arguments = c.positional.to_string();
        for keyword in &c.keywords {
            arguments.push_str(&format!(" {keyword}="));
        }
        if c.spread {
            arguments.push_str(" ...");
        }
        notes.push((c.line, format!("call {receiver}{} {arguments}", c.name)));
    }
    for i in language.imports(&tree, text) {
        let name = i.name.as_deref().unwrap_or("-");
        notes.push((i.line, format!("import {} {name} as {}", i.module, i.binding())));
    }
    for g in language.guards(&tree, text) {
        assert!(GUARD_KINDS.contains(&g.kind.as_str()), "unknown kind {}", g.kind);
        notes.push((g.line, format!("guard {} {}", g.kind, g.subject.as_deref().unwrap_or("-"))));
    }
    for c in language.chunks(&tree, text) {
        notes.push((c.start, format!("chunk +{}", c.end - c.start)));
    }
    notes.sort_by_key(|(line, _)| *line);
    notes
}

/// Fixtures carry what is to be found in `<name>.expected`, one note a line.
#[test]
fn every_language_reads_its_fixture_as_annotated() {
    let languages = languages();
    let mut seen = Vec::new();
    let mut wrong = String::new();
    let mut paths: Vec<_> =
        std::fs::read_dir(fixtures()).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".expected") {
            continue;
        }
        let language = languages.of(&name, "").unwrap();
        seen.push(language.name.clone());
        let text = std::fs::read_to_string(&path).unwrap();
        let mut found = String::new();
        let mut last = 0;
        for (line, note) in notes(language, &text) {
            if line != last {
                let source = text.lines().nth(line as usize - 1).unwrap().trim();
                found.push_str(&format!("{line}: {source}\n"));
                last = line;
            }
            found.push_str(&format!("    {note}\n"));
        }
        let expected = std::fs::read_to_string(fixtures().join(format!("{name}.expected")))
            .unwrap_or_default();
        if found != expected {
            wrong.push_str(&format!("===== {name}\n{found}"));
        }
    }
    seen.sort();
    let all: Vec<_> = languages.iter().map(|l| l.name.clone()).collect();
    assert_eq!(seen, all, "a language has no fixture");
    assert!(wrong.is_empty(), "found something else than expected:\n{wrong}");
}

#[test]
fn every_query_of_every_language_compiles() {
    languages().compile().unwrap();
}
