//! Finds who depends on an altered symbol.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::{Alteration, Effect, Lines};
use crate::change::Change;
use crate::index::{Certainty, IndexError, Reference, Source, Symbol, View};
use crate::lang::{Import, SymbolKind};

/// Lines that a list of imported names may take.
const LIST: u32 = 60;
/// Most uses of one name that are weighed, by path and line.
const USES: usize = 5_000;
/// Most symbols of one qualified name that are asked whether they declare one
/// function.
const DECLARED: usize = 20;

/// Looks up dependents in the head of a change.
pub(super) struct Search<'a> {
    head: &'a View,
    lines: HashMap<&'a str, Lines>,
    /// Files that were parsed for their declarations: name and line of each.
    declarations: HashMap<String, Vec<(String, u32)>>,
}

impl<'a> Search<'a> {
    pub fn new(change: &'a Change, head: &'a View) -> Self {
        let lines = change.files.iter().map(|f| (f.path.as_str(), Lines::of(f))).collect();
        Self { head, lines, declarations: HashMap::new() }
    }

    /// Fills in the callers, implementers and tests.
    pub fn find(&mut self, effect: &mut Effect) -> Result<(), IndexError> {
        // What is new has no past.
        if effect.alterations == [Alteration::Added] {
            return Ok(());
        }
        let head = self.head;
        let symbol = &effect.symbol;
        let gone = effect.alterations.contains(&Alteration::Removed);
        let mut names = vec![symbol.name.clone()];
        for alteration in &effect.alterations {
            // Who still uses the old name is left behind.
            if let Alteration::Renamed { from } = alteration {
                let old = from.rsplit(['.', ':', '#', '\\']).next().unwrap_or(from);
                if old != symbol.name {
                    names = vec![old.to_owned(), symbol.name.clone()];
                }
            }
        }
        let family = head.language(&symbol.path).map(|l| l.family().to_owned());
        let implementers = self.implementers(symbol)?;
        let member = symbol.kind == SymbolKind::Method;
        let mut uses: BTreeMap<(String, u32), Reference> = BTreeMap::new();
        for name in &names {
            let known = !gone && *name == symbol.name;
            let mut others = head.symbols(name)?;
            others.retain(|s| !known || s.path != symbol.path || s.line != symbol.line);
            let declared = self.declared(effect, &others)?;
            // Calls of an override may mean the symbol; other things of its name
            // leave only what is sure.
            let other = others.iter().any(|s| !implementers.contains(s) && !declared.contains(s));
            let targets: Vec<Option<&Symbol>> = match known {
                true => std::iter::once(symbol).chain(&declared).map(Some).collect(),
                false => vec![None],
            };
            for target in targets {
                for mut r in head.references(name, target)?.into_iter().take(USES) {
                    let of_family = head.language(&r.path).map(|l| l.family().to_owned()) == family;
                    if !of_family
                        || other && (!known || r.certainty == Certainty::ByName)
                        || inside(symbol, &r)
                        || self.written(&r.path, r.line, r.line)
                        || imports(head, &mut r)?
                    {
                        continue;
                    }
                    if !known {
                        // Nothing here has the name any more; things from elsewhere may.
                        let language = head.language(&r.path);
                        if language.is_some_and(|l| l.is_ambient(name))
                            || member != r.receiver.is_some()
                        {
                            continue;
                        }
                        r.certainty = if member { Certainty::ByName } else { Certainty::ByImport };
                    }
                    let place = (r.path.clone(), r.line);
                    let better =
                        |old: &Reference| (old.certainty, old.call) < (r.certainty, r.call);
                    if uses.get(&place).is_none_or(better) {
                        uses.insert(place, r);
                    }
                }
            }
        }
        let mut uses: Vec<Reference> = uses.into_values().collect();
        uses.sort_by_key(|r| (Reverse(r.certainty), !r.call));
        head.quote(&mut uses)?;
        let is_test = |r: &Reference| {
            let named = |n: &str| {
                n.rsplit(['.', ':', '#'])
                    .next()
                    .is_some_and(|n| head.language(&r.path).is_some_and(|l| l.is_test_name(n)))
            };
            head.languages().is_test_path(&r.path) || r.within.as_deref().is_some_and(named)
        };
        (effect.tests, effect.callers) = uses.into_iter().partition(is_test);
        effect.implementers = implementers;
        Ok(())
    }

    /// Those of the symbols that are the same function: declared in one place, as
    /// in a header, and defined in another.
    fn declared(&mut self, effect: &Effect, others: &[Symbol]) -> Result<Vec<Symbol>, IndexError> {
        let symbol = &effect.symbol;
        if !symbol.kind.is_callable() {
            return Ok(Vec::new());
        }
        let language = |path: &str| self.head.language(path);
        let family = language(&symbol.path).map(|l| l.family().to_owned());
        let overloads = language(&symbol.path).is_some_and(|l| l.has_overloads());
        let same: Vec<&Symbol> = others
            .iter()
            .filter(|s| s.qualified == symbol.qualified && s.kind.is_callable())
            .filter(|s| language(&s.path).map(|l| l.family().to_owned()) == family)
            .take(DECLARED)
            .collect();
        let mut found = Vec::new();
        for s in &same {
            // Of overloads it is open which one a declaration means.
            let alone = same.iter().filter(|o| o.path == s.path).count() == 1;
            if (alone || !overloads) && (effect.declaration || self.is_declaration(s)?) {
                found.push((*s).clone());
            }
        }
        Ok(found)
    }

    fn is_declaration(&mut self, symbol: &Symbol) -> Result<bool, IndexError> {
        if !self.declarations.contains_key(&symbol.path) {
            let (languages, snapshot) = (self.head.languages(), self.head.snapshot());
            let source = Source::read(languages, snapshot, &symbol.path)?;
            let declarations = source.iter().flat_map(|s| &s.definitions);
            let declarations =
                declarations.filter(|d| d.body.is_none()).map(|d| (d.name.clone(), d.line));
            self.declarations.insert(symbol.path.clone(), declarations.collect());
        }
        let known = &self.declarations[&symbol.path];
        Ok(known.iter().any(|(name, line)| *name == symbol.name && *line == symbol.line))
    }

    /// Whether the change wrote a line of the head, of these.
    fn written(&self, path: &str, start: u32, end: u32) -> bool {
        self.lines.get(path).is_some_and(|lines| lines.written(start, end))
    }

    /// Members of the same name in types that name the symbol's type in their
    /// heading.
    fn implementers(&self, symbol: &Symbol) -> Result<Vec<Symbol>, IndexError> {
        let head = self.head;
        let parts: Vec<&str> =
            symbol.qualified.split(['.', ':', '#', '/', '\\']).filter(|p| !p.is_empty()).collect();
        let [.., container, _] = &parts[..] else { return Ok(Vec::new()) };
        if symbol.kind != SymbolKind::Method {
            return Ok(Vec::new());
        }
        let family = |path: &str| head.language(path).map(|l| l.family().to_owned());
        let own = family(&symbol.path);
        let mut found = Vec::new();
        let mut outlines: HashMap<String, Vec<Symbol>> = HashMap::new();
        for r in head.references(container, None)?.into_iter().take(USES) {
            if family(&r.path) != own {
                continue;
            }
            let Some(within) = &r.within else { continue };
            if !outlines.contains_key(&r.path) {
                outlines.insert(r.path.clone(), head.outline(&r.path)?);
            }
            let outline = &outlines[&r.path];
            let derived = outline.iter().find(|s| {
                s.qualified == *within
                    && matches!(
                        s.kind,
                        SymbolKind::Class | SymbolKind::Interface | SymbolKind::Type
                    )
                    && s.name != *container
                    && s.signature.contains(container)
            });
            let Some(derived) = derived else { continue };
            let member = outline.iter().find(|s| {
                s.name == symbol.name
                    && s.kind == SymbolKind::Method
                    && derived.start <= s.start
                    && s.end <= derived.end
            });
            if let Some(member) = member
                && !self.written(&member.path, member.start, member.end)
                && !found.contains(member)
            {
                found.push(member.clone());
            }
        }
        Ok(found)
    }
}

/// Recursion is no caller.
fn inside(symbol: &Symbol, r: &Reference) -> bool {
    r.path == symbol.path && (symbol.start..=symbol.end).contains(&r.line)
}

/// Whether a use only brings the name into its file.
fn imports(head: &View, r: &mut Reference) -> Result<bool, IndexError> {
    if r.call || r.within.is_some() {
        return Ok(false);
    }
    head.quote([&mut *r])?;
    // In a list over several lines the name stands alone.
    let alone = r.text.trim_matches([',', '(', ')', '{', '}', ' ']) == r.name;
    let listed = |i: &Import| i.line <= r.line && r.line - i.line < LIST;
    let plain = !r.text.contains(['=', '(']);
    let of_import = |i: &Import| {
        i.line == r.line || i.name.as_deref() == Some(&r.name) && (alone || plain && listed(i))
    };
    Ok(head.imports_of(&r.path)?.iter().any(of_import))
}
