//! Loads languages from `grammars/`.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use tree_sitter::Query;

use super::query::LazyQuery;
use super::{Imports, LangError, Language, WordRules, parser};
use crate::asset::{AssetError, Assets};

/// Counts changes of the code that reads facts out of a tree, so that facts
/// stored by an older program are read anew.
const EXTRACTION: u32 = 2;
/// What is not parsed, or searched last.
const SKIP: &str = "grammars/skip.toml";
/// How texts become words; the words of a file are among its facts.
const WORDS: &str = "grammars/words.toml";

/// `language.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub name: String,
    /// A name of the table in `parser.rs`.
    pub parser: String,
    pub family: String,
    /// Folders whose queries come before this one's.
    #[serde(default)]
    pub inherits: Vec<String>,
    pub extensions: Vec<String>,
    /// Stands for the `$` of a variable while a rule's pattern is parsed, where the
    /// language does not take `$` for the beginning of a name.
    #[serde(default = "dollar")]
    pub pattern_mark: char,
    /// Whole file names.
    #[serde(default)]
    pub files: Vec<String>,
    /// Interpreters, without version: `python` fits `python3.12`.
    #[serde(default)]
    pub shebangs: Vec<String>,
    pub separator: String,
    /// Joins a type and its member where that differs.
    pub member_separator: Option<String>,
    #[serde(default)]
    pub implicit_receiver: bool,
    #[serde(default)]
    pub self_names: Vec<String>,
    /// First parameters that stand for the object.
    #[serde(default)]
    pub receiver_parameters: Vec<String>,
    #[serde(default)]
    pub ambient: Vec<String>,
    /// Whether a call of a name may mean a local variable of that name.
    #[serde(default = "yes")]
    pub calls_see_locals: bool,
    /// Whether functions of one name may differ by their parameters alone.
    #[serde(default)]
    pub overloads: bool,
    #[serde(default)]
    pub imports: Imports,
    pub comments: Comments,
    #[serde(default)]
    pub arguments: Arguments,
    pub tests: Tests,
}

fn yes() -> bool {
    true
}

fn dollar() -> char {
    '$'
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Comments {
    pub line: Vec<String>,
    #[serde(default)]
    pub block: Vec<[String; 2]>,
}

/// Node kinds inside an argument list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Arguments {
    /// Arguments with a name; none where callers cannot write names.
    pub keyword: Vec<String>,
    /// Whether only parameters that are declared so take arguments by name.
    pub labelled: bool,
    pub spread: Vec<String>,
    /// Not counted, besides comments.
    pub ignore: Vec<String>,
    /// Stands in place of a list and is one argument.
    pub single: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tests {
    pub paths: Vec<String>,
    #[serde(default)]
    pub names: Vec<String>,
}

/// `grammars/skip.toml`: files that are not worth parsing, or not worth much.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipRules {
    /// Bytes.
    pub max_size: u64,
    /// Bytes of the longest line.
    pub max_line: usize,
    /// Bytes; a mean above it is minified text.
    pub max_mean_line: usize,
    /// Lines from the top in which a marker counts.
    pub marker_lines: usize,
    /// Words by which generators sign their output; compared without case.
    pub markers: Vec<String>,
    /// Globs of what was built or comes from others: parsed, but found last.
    pub vendored: Vec<String>,
}

impl SkipRules {
    /// Why a text should not be parsed, if so.
    pub fn reason(&self, text: &str) -> Option<String> {
        if text.len() as u64 > self.max_size {
            return Some(format!("larger than {} KB", self.max_size / 1000));
        }
        let (mut count, mut longest) = (0usize, 0usize);
        for line in text.lines() {
            count += 1;
            longest = longest.max(line.len());
        }
        if longest > self.max_line || text.len() / count.max(1) > self.max_mean_line {
            return Some("minified: its lines are too long".to_owned());
        }
        let top = text.lines().take(self.marker_lines).collect::<Vec<_>>().join("\n");
        let top = top.to_lowercase();
        self.markers
            .iter()
            .find(|m| top.contains(&m.to_lowercase()))
            .map(|m| format!("generated: it says `{m}`"))
    }
}

/// What a file is to the repository; of equals the least is wanted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Source,
    Test,
    /// Built, or taken from others.
    Vendored,
}

/// All languages known to a run.
#[derive(Debug)]
pub struct Languages {
    all: Vec<Language>,
    by_extension: BTreeMap<String, usize>,
    by_file: BTreeMap<String, usize>,
    skip: SkipRules,
    vendored: GlobSet,
    words: WordRules,
}

impl Languages {
    /// Loads every folder of `grammars/` that has a `language.toml`, sorted by
    /// name.
    pub fn load(assets: &Assets) -> Result<Self, LangError> {
        let skip: SkipRules = read_toml(assets, SKIP)?;
        let vendored = globs(SKIP, &skip.vendored)?;
        let words = read_toml(assets, WORDS)?;
        let mut all = Vec::new();
        for file in assets.list("grammars")? {
            let parts: Vec<&str> = file.split('/').collect();
            if let ["grammars", folder, "language.toml"] = parts[..] {
                all.push(load_language(assets, folder, &file)?);
            }
        }
        let (mut by_extension, mut by_file) = (BTreeMap::new(), BTreeMap::new());
        for (n, language) in all.iter().enumerate() {
            for extension in &language.extensions {
                by_extension.insert(extension.clone(), n);
            }
            for file in &language.settings.files {
                by_file.insert(file.clone(), n);
            }
        }
        Ok(Self { all, by_extension, by_file, skip, vendored, words })
    }

    /// By file name, extension, or the shebang of the first line.
    pub fn of(&self, path: &str, first_line: &str) -> Option<&Language> {
        let file = path.rsplit('/').next().unwrap_or(path);
        let by_name = self.by_file.get(file).or_else(|| {
            let (_, extension) = file.rsplit_once('.')?;
            self.by_extension
                .get(extension)
                .or_else(|| self.by_extension.get(&extension.to_ascii_lowercase()))
        });
        if let Some(n) = by_name {
            return self.all.get(*n);
        }
        let interpreter = interpreter(first_line)?;
        self.all.iter().find(|l| l.settings.shebangs.contains(&interpreter))
    }

    /// Whether [`Self::of`] may need the first line: the name says nothing.
    pub fn needs_first_line(path: &str) -> bool {
        !path.rsplit('/').next().unwrap_or(path).trim_start_matches('.').contains('.')
    }

    /// Compiles every query, which loading puts off; for tests and checks.
    pub fn compile(&self) -> Result<(), LangError> {
        for language in &self.all {
            let queries = [
                ("{tags,scopes}", &language.tags),
                ("chunks", &language.chunks),
                ("params", &language.params),
                ("guards", &language.guards),
                ("contract", &language.contracts),
            ];
            for (name, query) in queries {
                query.check().map_err(|source| LangError::Query {
                    file: format!("grammars/{}/{name}.scm", language.name),
                    source,
                })?;
            }
        }
        Ok(())
    }

    pub fn get(&self, name: &str) -> Option<&Language> {
        self.all.iter().find(|l| l.name == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Language> {
        self.all.iter()
    }

    /// Hash of all that decides what is read out of files.
    pub fn digest(&self) -> String {
        let mut hash = blake3::Hasher::new();
        for language in &self.all {
            hash.update(language.name.as_bytes());
            hash.update(language.version.as_bytes());
        }
        hash.finalize().to_hex()[..16].to_owned()
    }

    pub fn skip_rules(&self) -> &SkipRules {
        &self.skip
    }

    pub fn words(&self) -> &WordRules {
        &self.words
    }

    /// Whether the path is that of a test, in any language.
    pub fn is_test_path(&self, path: &str) -> bool {
        self.of(path, "").is_some_and(|l| l.is_test_path(path))
    }

    /// Where the files of a path stand among equals.
    pub fn standing(&self, path: &str) -> Standing {
        if self.vendored.is_match(path) {
            Standing::Vendored
        } else if self.is_test_path(path) {
            Standing::Test
        } else {
            Standing::Source
        }
    }
}

/// The program that `#!/usr/bin/env -S python3.12 -u` starts, without version.
fn interpreter(first_line: &str) -> Option<String> {
    let mut words = first_line.strip_prefix("#!")?.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|w| !w.starts_with('-') && !w.contains('='))?.rsplit('/').next()?;
    }
    Some(program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned())
}

fn load_language(assets: &Assets, folder: &str, file: &str) -> Result<Language, LangError> {
    let settings: Settings = read_toml(assets, file)?;
    let parser = parser::find(&settings.parser).ok_or_else(|| LangError::Parser {
        file: file.to_owned(),
        parser: settings.parser.clone(),
    })?;
    let mut hash = blake3::Hasher::new();
    hash.update(&EXTRACTION.to_le_bytes());
    hash.update(&(parser.abi_version() as u64).to_le_bytes());
    hash.update(assets.read(file)?.text.as_bytes());
    hash.update(assets.read(WORDS)?.text.as_bytes());
    let mut query = |names: &[&str]| -> Result<LazyQuery, LangError> {
        let mut whole = String::new();
        let folders = || settings.inherits.iter().map(String::as_str).chain([folder]);
        let files = names.iter().flat_map(|name| folders().map(move |folder| (folder, name)));
        for (folder, name) in files {
            let path = format!("grammars/{folder}/{name}.scm");
            match assets.read(&path) {
                Ok(asset) => {
                    // Compiling all takes a second, so it waits until a file of
                    // the language is read. Tests compile the built-in queries;
                    // a user's file must be told wrong at once.
                    if asset.file.is_some() {
                        Query::new(&parser, &asset.text)
                            .map_err(|source| LangError::Query { file: path, source })?;
                    }
                    whole.push_str(&asset.text);
                    whole.push('\n');
                }
                Err(AssetError::Missing(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        hash.update(whole.as_bytes());
        Ok(LazyQuery::new(parser.clone(), whole))
    };
    // One pass over a tree serves both.
    let tags = query(&["tags", "scopes"])?;
    let chunks = query(&["chunks"])?;
    let (params, guards) = (query(&["params"])?, query(&["guards"])?);
    let contracts = query(&["contract"])?;
    let version = hash.finalize().to_hex()[..16].to_owned();
    Ok(Language {
        name: settings.name.clone(),
        extensions: settings.extensions.clone(),
        version,
        tests: globs(file, &settings.tests.paths)?,
        test_names: globs(file, &settings.tests.names)?,
        parser,
        settings,
        tags,
        chunks,
        params,
        guards,
        contracts,
    })
}

fn read_toml<T: serde::de::DeserializeOwned>(assets: &Assets, file: &str) -> Result<T, LangError> {
    toml::from_str(&assets.read(file)?.text)
        .map_err(|source| LangError::Toml { file: file.to_owned(), source })
}

fn globs(file: &str, patterns: &[String]) -> Result<GlobSet, LangError> {
    let wrong = |source| LangError::Glob { file: file.to_owned(), source };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(GlobBuilder::new(pattern).literal_separator(true).build().map_err(wrong)?);
    }
    set.build().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_is_found_behind_env_and_without_its_version() {
        assert_eq!(interpreter("#!/usr/bin/env -S python3.12 -u").as_deref(), Some("python"));
        assert_eq!(interpreter("#!/usr/bin/ruby").as_deref(), Some("ruby"));
        assert_eq!(interpreter("# no"), None);
        assert_eq!(interpreter("#!"), None);
    }

    #[test]
    fn a_users_query_that_does_not_compile_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("grammars/python");
        std::fs::create_dir_all(&python).unwrap();
        std::fs::write(python.join("tags.scm"), "(no_such_node) @definition.function").unwrap();
        let error =
            Languages::load(&Assets::builtin().with_layer(folder.path())).expect_err("accepted");
        assert!(error.to_string().contains("grammars/python/tags.scm"), "{error}");
    }

    #[test]
    fn an_edited_query_changes_the_version_of_its_language_only() {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("grammars/python");
        std::fs::create_dir_all(&python).unwrap();
        std::fs::write(python.join("chunks.scm"), "(class_definition) @chunk").unwrap();
        let before = Languages::load(&Assets::builtin()).unwrap();
        let after = Languages::load(&Assets::builtin().with_layer(folder.path())).unwrap();
        let version = |l: &Languages, n: &str| l.get(n).unwrap().version.clone();
        assert_ne!(version(&before, "python"), version(&after, "python"));
        assert_eq!(version(&before, "go"), version(&after, "go"));
    }
}
