//! Which files are near others: the same, those that import them or that they
//! import, and those of the same folder.

use std::collections::{HashMap, HashSet};

use crate::change::folder;
use crate::config::Search;
use crate::lang::Import;

use super::IndexError;
use super::import::{Sight, containers, names_of_import};
use super::view::{View, segments};

/// The surroundings of some files of a tree, such as those of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Near {
    same: HashSet<String>,
    linked: HashSet<String>,
    folders: HashSet<String>,
}

impl Near {
    /// Whether a file is among them.
    pub fn holds(&self, path: &str) -> bool {
        self.same.contains(path)
            || self.linked.contains(path)
            || self.folders.contains(folder(path))
    }

    /// The share by which a hit in a file is raised; 0 far away.
    pub fn bonus(&self, path: &str, settings: &Search) -> f64 {
        if self.same.contains(path) {
            settings.near_file
        } else if self.linked.contains(path) {
            settings.near_import
        } else if self.folders.contains(folder(path)) {
            settings.near_folder
        } else {
            0.0
        }
    }
}

impl View {
    /// The surroundings of files; paths that the tree does not have count for
    /// their folder only.
    pub fn near(&self, paths: &[String]) -> Result<Near, IndexError> {
        let mut near = Near {
            same: paths.iter().cloned().collect(),
            linked: HashSet::new(),
            folders: paths.iter().map(|p| folder(p).to_owned()).collect(),
        };
        if paths.is_empty() {
            return Ok(near);
        }
        let sights: Vec<Sight<'_>> = paths.iter().filter_map(|path| self.sight(path)).collect();
        let homes = match sights.iter().any(Sight::opens_namespaces) {
            true => self.homes()?,
            false => HashMap::new(),
        };
        let homes = |path: &str| -> Vec<Vec<&str>> {
            let homes = self.tree.file(path).and_then(|file| homes.get(&file));
            homes.into_iter().flatten().map(|home| segments(home)).collect()
        };
        // What the files import.
        for sight in &sights {
            let imports = self.imports_of(sight.path)?;
            let names: Vec<_> = imports.iter().map(names_of_import).collect();
            for entry in self.snapshot.entries().iter().filter(|e| e.is_file()) {
                let homes = homes(&entry.path);
                let theirs = sight.names_of_file(&entry.path, &homes);
                let mut likely = imports.iter().zip(&names).filter(|(_, n)| meet(n, &theirs));
                if likely.any(|(import, _)| sight.leads_to_file(import, &entry.path, &homes)) {
                    near.linked.insert(entry.path.clone());
                }
            }
        }
        // What imports them.
        let targets: Vec<_> = paths.iter().map(|path| (path, homes(path))).collect();
        for (file, import) in self.all_imports()? {
            let names = names_of_import(&import);
            for importer in self.tree.paths_of(file) {
                let Some(sight) = self.sight(importer) else { continue };
                let leads = |(path, homes): &(&String, Vec<Vec<&str>>)| {
                    meet(&names, &sight.names_of_file(path, homes))
                        && sight.leads_to_file(&import, path, homes)
                };
                if targets.iter().any(leads) {
                    near.linked.insert(importer.clone());
                }
            }
        }
        Ok(near)
    }

    fn sight<'a>(&'a self, path: &'a str) -> Option<Sight<'a>> {
        let rules = self.language(path)?.import_rules();
        Some(Sight { path, rules, view: self })
    }

    /// The containers of all symbols, each once, by file. One pass over the symbols:
    /// which of them are namespaces, and of which files, is stored nowhere else.
    fn homes(&self) -> Result<HashMap<i64, HashSet<String>>, IndexError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT file, qualified FROM index_symbols")?;
        let mut rows = statement.query([])?;
        let mut homes: HashMap<i64, HashSet<String>> = HashMap::new();
        while let Some(row) = rows.next()? {
            let file = row.get(0)?;
            if self.tree.paths_of(file).is_empty() {
                continue;
            }
            let home =
                containers(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?).join(".");
            homes.entry(file).or_default().insert(home);
        }
        Ok(homes)
    }

    fn all_imports(&self) -> Result<Vec<(i64, Import)>, IndexError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT file, module, name FROM index_imports")?;
        let mut rows = statement.query([])?;
        let mut imports = Vec::new();
        while let Some(row) = rows.next()? {
            let file = row.get(0)?;
            if !self.tree.paths_of(file).is_empty() {
                let (module, name) = (row.get(1)?, row.get(2)?);
                imports.push((file, Import { module, name, alias: None, line: 0 }));
            }
        }
        Ok(imports)
    }
}

/// Whether an import and a file share a name.
fn meet(import: &Option<Vec<&str>>, file: &[&str]) -> bool {
    import.as_ref().is_none_or(|names| names.iter().any(|name| file.contains(name)))
}
