//! References and how sure it is what they mean.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use rusqlite::{OptionalExtension, params};

use crate::lang::{Import, Language, SymbolKind};
use crate::store::StoreError;

use super::import::{Sight, home};
use super::view::{View, segments};
use super::{Certainty, IndexError, Reference, Symbol, parse};

/// More definitions than this are weighed against a use only in its own file:
/// of a name like `new` there are thousands of both.
const MANY: usize = 50;
/// Most characters of a shown source line.
const LINE: usize = 300;

impl View {
    /// Uses of a name, by path and line; with `target`, certainty is against that
    /// definition. Their text is left empty until [`Self::quote`] fills it: of a
    /// common name there are thousands, and a reader is shown a page of them.
    pub fn references(
        &self,
        name: &str,
        target: Option<&Symbol>,
    ) -> Result<Vec<Reference>, IndexError> {
        let Some(last) = segments(name).last().copied() else { return Ok(Vec::new()) };
        let definitions = self.symbols(last)?;
        let mut families: HashMap<&str, usize> = HashMap::new();
        for definition in &definitions {
            if let Some(language) = self.language(&definition.path) {
                *families.entry(language.family()).or_default() += 1;
            }
        }
        let targets: Vec<Target<'_>> = match target {
            Some(target) => vec![Target::new(self, target)],
            None => definitions.iter().map(|symbol| Target::new(self, symbol)).collect(),
        };
        let mut references = Vec::new();
        for (file, rows) in self.uses(last)? {
            let mut imports = None;
            let mut names: HashMap<usize, Option<String>> = HashMap::new();
            for path in self.tree.paths_of(file) {
                let near: Vec<&Target<'_>> = targets
                    .iter()
                    .filter(|t| targets.len() <= MANY || t.symbol.path == *path)
                    .collect();
                // What nothing is weighed against needs no imports.
                if imports.is_none() && !near.is_empty() {
                    imports = Some(self.imports(file)?);
                }
                let outline = match near.iter().any(|t| t.symbol.path == *path) {
                    true => self.outline(path)?,
                    false => Vec::new(),
                };
                let language = self.language(path);
                let place = Place {
                    path,
                    language,
                    imports: imports.as_deref().unwrap_or_default(),
                    alone: language.is_some_and(|l| families.get(l.family()) == Some(&1)),
                    outline: &outline,
                    view: self,
                    led: RefCell::default(),
                };
                for (line, flags, receiver, within) in &rows {
                    let within = match within {
                        Some(n) if names.contains_key(n) => names[n].clone(),
                        Some(n) => names.entry(*n).or_insert(self.qualified(file, *n)?).clone(),
                        None => None,
                    };
                    let used = Used {
                        call: flags & parse::CALL != 0,
                        local: flags & parse::LOCAL != 0,
                        receiver: receiver.as_deref(),
                        within: within.as_deref(),
                    };
                    let sure = |t: &&Target<'_>| place.certainty(&used, t);
                    let certainty = near.iter().map(sure).max().unwrap_or(Certainty::ByName);
                    references.push(Reference {
                        path: path.clone(),
                        line: *line,
                        name: last.to_owned(),
                        call: used.call,
                        receiver: receiver.clone(),
                        within,
                        certainty,
                        text: String::new(),
                    });
                }
            }
        }
        references.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        Ok(references)
    }

    /// Fills in the source lines of references.
    pub fn quote<'r>(
        &self,
        references: impl IntoIterator<Item = &'r mut Reference>,
    ) -> Result<(), IndexError> {
        for reference in references {
            let text = self.snapshot.text(&reference.path)?;
            let line = text.as_ref().and_then(|t| t.line(reference.line)).unwrap_or_default();
            reference.text = line.trim().chars().take(LINE).collect();
        }
        Ok(())
    }

    /// The qualified name of a file's symbol by its number.
    fn qualified(&self, file: i64, n: usize) -> Result<Option<String>, IndexError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT qualified FROM index_symbols WHERE file = ?1 AND n = ?2")?;
        Ok(statement.query_row(params![file, n as i64], |row| row.get(0)).optional()?)
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
    pub fn imports_of(&self, path: &str) -> Result<Arc<[Import]>, IndexError> {
        self.tree.file(path).map_or_else(|| Ok(Arc::default()), |file| self.imports(file))
    }

    /// They are kept: reading them anew takes most of the time of a look-up of a
    /// common name, and those of 5,000 files take some 15 MB.
    pub(super) fn imports(&self, file: i64) -> Result<Arc<[Import]>, IndexError> {
        let kept = || self.imports.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(imports) = kept().get(&file) {
            return Ok(imports.clone());
        }
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
        let imports: Arc<[Import]> = rows.collect::<Result<_, _>>()?;
        kept().insert(file, imports.clone());
        Ok(imports)
    }
}

/// A file with uses.
struct Place<'a> {
    path: &'a str,
    language: Option<&'a Language>,
    imports: &'a [Import],
    /// Whether one definition alone has the name in this language's family.
    alone: bool,
    /// Symbols of the file; empty if no target is in it.
    outline: &'a [Symbol],
    view: &'a View,
    /// Whether an import, by its number, leads to a target: each is asked about for
    /// every use.
    led: RefCell<HashMap<(usize, *const Symbol), bool>>,
}

/// A definition that a use may mean.
struct Target<'a> {
    symbol: &'a Symbol,
    language: Option<&'a Language>,
}

impl<'a> Target<'a> {
    fn new(view: &'a View, symbol: &'a Symbol) -> Self {
        Self { symbol, language: view.language(&symbol.path) }
    }
}

struct Used<'a> {
    call: bool,
    /// Whether the receiver begins with a local name.
    local: bool,
    receiver: Option<&'a str>,
    /// Qualified name of the symbol around it.
    within: Option<&'a str>,
}

impl Place<'_> {
    fn certainty(&self, used: &Used<'_>, target: &Target<'_>) -> Certainty {
        let (Some(language), Some(theirs)) = (self.language, target.language) else {
            return Certainty::ByName;
        };
        let target = target.symbol;
        if language.family() != theirs.family() {
            return Certainty::ByName;
        }
        if self.path == target.path && self.in_scope(language, used, target) {
            return Certainty::Exact;
        }
        let sight = Sight { path: self.path, rules: language.import_rules(), view: self.view };
        if self.imported(language, &sight, used, target) || beside(language, &sight, used, target) {
            return Certainty::ByImport;
        }
        if self.alone && used.call && fits(language, used, target) {
            return Certainty::ByImport;
        }
        Certainty::ByName
    }

    /// Whether an import of this file makes the used name the target's.
    fn imported(
        &self,
        language: &Language,
        sight: &Sight<'_>,
        used: &Used<'_>,
        target: &Symbol,
    ) -> bool {
        let root = used.receiver.map(root);
        let container = container(target);
        self.imports.iter().enumerate().any(|(n, import)| {
            let whole = import.name.as_deref() == Some("*");
            // The name that the import would have to bring for this use.
            let bound = match (root, container) {
                (None, None) => whole || import.binding() == target.name,
                // Java's static imports.
                (None, Some(container)) => {
                    (whole || import.binding() == target.name)
                        && segments(&import.module).last() == Some(&container)
                }
                (Some(root), Some(container)) if whole => {
                    root == container || !language.is_ambient(&target.name)
                }
                (Some(root), None) if whole => !used.local && near(target).contains(&root),
                // `Class.name`, `module.Class.name`; what else is imported may be of
                // another type.
                (Some(root), Some(container)) => {
                    let last = used.receiver.and_then(|r| segments(r).pop());
                    let named = [last, import.name.as_deref()].contains(&Some(container));
                    !used.local && import.binding() == root && named
                }
                // `module.name`.
                (Some(root), None) => !used.local && import.binding() == root,
            };
            bound && self.leads(n, sight, target)
        })
    }

    fn leads(&self, n: usize, sight: &Sight<'_>, target: &Symbol) -> bool {
        let known = &mut *self.led.borrow_mut();
        let key = (n, std::ptr::from_ref(target));
        *known.entry(key).or_insert_with(|| sight.leads_to(&self.imports[n], target))
    }

    /// Whether a use in the target's own file sees the target.
    fn in_scope(&self, language: &Language, used: &Used<'_>, target: &Symbol) -> bool {
        let home = home(target);
        let here = used.within.map(segments).unwrap_or_default();
        let inside = here.starts_with(&home);
        match (container(target), used.receiver) {
            // `self.total()` inside the class.
            (Some(_), Some(receiver)) if is_self(language, receiver) => inside,
            // `Cart.total()`.
            (Some(container), Some(receiver)) => receiver == container,
            (Some(_), None) => language.implicit_receiver() && inside,
            // A namespace around it is no symbol and hides nothing in its file.
            (None, None) => {
                inside
                    || (language.import_rules().namespace_scope
                        && !self.outline.iter().any(|s| is_home(s, &home)))
            }
            // `module::name` of the same file.
            (None, Some(receiver)) => !used.local && home.last().is_some_and(|m| *m == receiver),
        }
    }
}

fn is_home(symbol: &Symbol, home: &[&str]) -> bool {
    segments(&symbol.qualified) == home
}

fn is_self(language: &Language, receiver: &str) -> bool {
    language.self_names().iter().any(|n| n == receiver)
}

/// The first name of a receiver.
fn root(receiver: &str) -> &str {
    receiver.split(['.', ':', '(', '[', '?', '-', '!']).next().unwrap_or(receiver)
}

/// Names by which code speaks of the place of a target: its containers, its
/// folders, its file.
fn near(target: &Symbol) -> Vec<&str> {
    let mut names: Vec<&str> = target.path.split(['/', '.']).collect();
    names.extend(home(target));
    names
}

/// Whether a use in another file sees the target without an import: in the same
/// package, module or namespace.
fn beside(language: &Language, sight: &Sight<'_>, used: &Used<'_>, target: &Symbol) -> bool {
    let plain = match (container(target), used.receiver) {
        (None, None) => true,
        (Some(container), Some(receiver)) => {
            (receiver == container && !used.local)
                || (is_self(language, receiver) && language.import_rules().namespace_scope)
        }
        // The other half of a class: C++'s header and source, C#'s partial class.
        (Some(_), None) => language.implicit_receiver() && language.import_rules().namespace_scope,
        // `Shop.Models.Item`, written out.
        (None, Some(receiver)) => {
            return language.import_rules().namespace_scope
                && !used.local
                && !segments(receiver).is_empty()
                && home(target).ends_with(&segments(receiver));
        }
    };
    plain && sight.beside(target, used.within)
}

/// The type that a target is a member of.
fn container(target: &Symbol) -> Option<&str> {
    let parts = segments(&target.qualified);
    (target.kind == SymbolKind::Method && parts.len() > 1).then(|| parts[parts.len() - 2])
}

/// Whether a use has the form that the target's kind asks for.
fn fits(language: &Language, used: &Used<'_>, target: &Symbol) -> bool {
    match (container(target), used.receiver) {
        (Some(_), Some(_)) => !language.is_ambient(&target.name),
        (Some(_), None) => language.implicit_receiver() && !language.is_ambient(&target.name),
        (None, None) => true,
        (None, Some(receiver)) => {
            // `pricing.total()` fits a function of `pricing.go`'s folder or file.
            !used.local && segments(receiver).last().is_some_and(|last| near(target).contains(last))
        }
    }
}
