//! References and how sure it is what they mean.

use std::collections::{BTreeMap, HashMap};

use rusqlite::params;

use crate::lang::{Import, Language, SymbolKind};
use crate::store::StoreError;

use super::view::{View, segments};
use super::{Certainty, IndexError, Reference, Symbol, parse};

/// More definitions than this are weighed against a use only in its own file:
/// of a name like `new` there are thousands of both.
const MANY: usize = 50;
/// Most characters of a shown source line.
const LINE: usize = 300;

impl View {
    /// Uses of a name; with `target`, certainty is against that definition.
    pub fn references(
        &self,
        name: &str,
        target: Option<&Symbol>,
    ) -> Result<Vec<Reference>, IndexError> {
        let Some(last) = segments(name).last().copied() else { return Ok(Vec::new()) };
        let definitions = self.symbols(last)?;
        let targets: Vec<&Symbol> = match target {
            Some(target) => vec![target],
            None => definitions.iter().collect(),
        };
        let mut families: HashMap<&str, usize> = HashMap::new();
        for definition in &definitions {
            if let Some(language) = self.language(&definition.path) {
                *families.entry(language.family()).or_default() += 1;
            }
        }
        let mut references = Vec::new();
        for (file, rows) in self.uses(last)? {
            let imports = self.imports(file)?;
            for path in self.tree.paths_of(file) {
                let outline = self.outline(path)?;
                let text = self.snapshot.text(path)?;
                let lines: Vec<&str> = text.iter().flat_map(|t| t.text.lines()).collect();
                let language = self.language(path);
                let alone = language.is_some_and(|l| families.get(l.family()) == Some(&1));
                let place = Place { path, language, imports: &imports, alone, view: self };
                let near: Vec<&Symbol> = targets
                    .iter()
                    .copied()
                    .filter(|t| targets.len() <= MANY || t.path == *path)
                    .collect();
                for (line, call, receiver, within) in &rows {
                    let within = within.and_then(|n| outline.get(n));
                    let used = Used { call: *call == 1, receiver: receiver.as_deref(), within };
                    let sure = |t: &&Symbol| place.certainty(&used, t);
                    let certainty = near.iter().map(sure).max().unwrap_or(Certainty::ByName);
                    let source = lines.get(*line as usize - 1).copied().unwrap_or_default();
                    references.push(Reference {
                        path: path.clone(),
                        line: *line,
                        name: last.to_owned(),
                        call: used.call,
                        receiver: receiver.clone(),
                        within: within.map(|s| s.qualified.clone()),
                        certainty,
                        text: source.trim().chars().take(LINE).collect(),
                    });
                }
            }
        }
        references.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        Ok(references)
    }

    fn uses(&self, name: &str) -> Result<BTreeMap<i64, Vec<parse::Row>>, IndexError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT file, uses FROM index_uses WHERE name = ?1")?;
        let mut rows = statement.query(params![name])?;
        let mut uses = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let file: i64 = row.get(0)?;
            if !self.tree.paths_of(file).is_empty() {
                let packed: String = row.get(1)?;
                uses.insert(file, serde_json::from_str(&packed).map_err(StoreError::from)?);
            }
        }
        Ok(uses)
    }

    /// What a file of the tree imports, in the order of its lines.
    pub fn imports_of(&self, path: &str) -> Result<Vec<Import>, IndexError> {
        self.tree.file(path).map_or(Ok(Vec::new()), |file| self.imports(file))
    }

    pub(super) fn imports(&self, file: i64) -> Result<Vec<Import>, IndexError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT module, name, alias, line FROM index_imports WHERE file = ?1 ORDER BY line",
        )?;
        let rows = statement.query_map([file], |row| {
            Ok(Import {
                module: row.get(0)?,
                name: row.get(1)?,
                alias: row.get(2)?,
                line: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A file with uses.
pub(super) struct Place<'a> {
    pub path: &'a str,
    pub language: Option<&'a Language>,
    pub imports: &'a [Import],
    /// Whether one definition alone has the name in this language's family.
    pub alone: bool,
    pub view: &'a View,
}

struct Used<'a> {
    call: bool,
    receiver: Option<&'a str>,
    within: Option<&'a Symbol>,
}

impl Place<'_> {
    fn certainty(&self, used: &Used<'_>, target: &Symbol) -> Certainty {
        let (Some(language), Some(theirs)) = (self.language, self.view.language(&target.path))
        else {
            return Certainty::ByName;
        };
        if language.family() != theirs.family() {
            return Certainty::ByName;
        }
        if self.path == target.path && in_scope(language, used, target) {
            return Certainty::Exact;
        }
        if self.imported(used, target) {
            return Certainty::ByImport;
        }
        if self.alone && used.call && fits(language, used, target) {
            return Certainty::ByImport;
        }
        Certainty::ByName
    }

    /// Whether an import of this file makes the used name the target's.
    fn imported(&self, used: &Used<'_>, target: &Symbol) -> bool {
        let root = used.receiver.map(|r| r.split(['.', ':', '(', '[', '?']).next().unwrap_or(r));
        let container = container(target);
        self.imports.iter().any(|import| {
            let whole = import.name.as_deref() == Some("*");
            // The name that the import would have to bring for this use.
            let bound = match (root, container) {
                (None, None) => whole || import.binding() == target.name,
                (None, Some(_)) => false,
                // `module.name` or `Class.name`.
                (Some(root), _) => whole || import.binding() == root,
            };
            bound && self.leads_to(import, &target.path)
        })
    }

    /// Whether an import's module is the file: its path ends with the module's
    /// parts, whatever the language calls its roots.
    pub fn leads_to(&self, import: &Import, path: &str) -> bool {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let mut file: Vec<&str> = stem.split('/').collect();
        if file.last().is_some_and(|f| matches!(*f, "__init__" | "index" | "mod" | "lib" | "main"))
        {
            file.pop();
        }
        let parts = |text: &str| -> Vec<String> {
            let text = text.trim_end_matches(".js").trim_end_matches(".ts");
            text.split(['.', '/', ':'])
                .filter(|s| !s.is_empty() && !matches!(*s, "crate" | "self" | "super"))
                .map(str::to_owned)
                .collect()
        };
        let module = parts(&import.module);
        let ends = |wanted: &[String]| {
            wanted.len() <= file.len()
                && file[file.len() - wanted.len()..].iter().zip(wanted).all(|(a, b)| a == b)
        };
        let named: Vec<String> = module.iter().cloned().chain(import.name.clone()).collect();
        // From a package one imports a module (`from . import cart`), or a
        // folder holds the files of a package (Go).
        let folder = file.split_last().map_or(&[][..], |(_, rest)| rest);
        let in_folder = || {
            module.last().is_some_and(|m| folder.last() == Some(&m.as_str()))
                && self.language.is_some_and(|l| l.family() == "go")
        };
        (!module.is_empty() && ends(&module)) || ends(&named) || in_folder()
    }
}

/// The type that a target is a member of.
fn container(target: &Symbol) -> Option<&str> {
    let parts = segments(&target.qualified);
    (target.kind == SymbolKind::Method && parts.len() > 1).then(|| parts[parts.len() - 2])
}

/// Whether a use in the target's own file sees the target.
fn in_scope(language: &Language, used: &Used<'_>, target: &Symbol) -> bool {
    let scope = |qualified: &str| -> Vec<String> {
        let mut parts: Vec<String> = segments(qualified).iter().map(|s| (*s).to_owned()).collect();
        parts.pop();
        parts
    };
    let home = scope(&target.qualified);
    let here: Vec<String> = used
        .within
        .map(|s| segments(&s.qualified).iter().map(|s| (*s).to_owned()).collect())
        .unwrap_or_default();
    let inside = here.starts_with(&home);
    match (container(target), used.receiver) {
        // `self.total()` inside the class.
        (Some(_), Some(receiver)) if language.self_names().iter().any(|n| n == receiver) => inside,
        // `Cart.total()`.
        (Some(container), Some(receiver)) => receiver == container,
        (Some(_), None) => language.implicit_receiver() && inside,
        (None, None) => inside,
        // `module::name` of the same file.
        (None, Some(receiver)) => home.last().is_some_and(|m| m == receiver),
    }
}

/// Whether a use has the form that the target's kind asks for.
fn fits(language: &Language, used: &Used<'_>, target: &Symbol) -> bool {
    match (container(target), used.receiver) {
        (Some(_), Some(_)) => !language.is_ambient(&target.name),
        (Some(_), None) => language.implicit_receiver() && !language.is_ambient(&target.name),
        (None, None) => true,
        (None, Some(receiver)) => {
            // `pricing.total()` fits a function of `pricing.go`'s folder or file.
            let near: HashMap<&str, ()> =
                target.path.split(['/', '.']).map(|part| (part, ())).collect();
            segments(receiver).last().is_some_and(|last| near.contains_key(last))
        }
    }
}
