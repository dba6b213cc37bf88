//! Which files are near others: the same, those that import them or that they
//! import, and those of the same folder.

use std::collections::HashSet;

use crate::config::Search;
use crate::lang::Import;

use super::IndexError;
use super::import::{Sight, folder};
use super::view::View;

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
        // What the files import.
        for path in paths {
            let Some(file) = self.tree.file(path) else { continue };
            let imports = self.imports(file)?;
            let ends: HashSet<&str> = imports.iter().flat_map(ends).collect();
            let Some(sight) = self.sight(path) else { continue };
            for entry in self.snapshot.entries().iter().filter(|e| e.is_file()) {
                if !names(&entry.path).iter().any(|n| ends.contains(n)) {
                    continue;
                }
                for import in imports.iter() {
                    if sight.leads_to_file(import, &entry.path)? {
                        near.linked.insert(entry.path.clone());
                        break;
                    }
                }
            }
        }
        // What imports them.
        let wanted: HashSet<&str> = paths.iter().flat_map(|p| names(p)).collect();
        for (file, import) in self.all_imports()? {
            if !ends(&import).iter().any(|end| wanted.contains(end)) {
                continue;
            }
            for importer in self.tree.paths_of(file) {
                let Some(sight) = self.sight(importer) else { continue };
                for path in paths {
                    if sight.leads_to_file(&import, path)? {
                        near.linked.insert(importer.clone());
                        break;
                    }
                }
            }
        }
        Ok(near)
    }

    fn sight<'a>(&'a self, path: &'a str) -> Option<Sight<'a>> {
        let rules = self.language(path)?.import_rules();
        Some(Sight { path, rules, view: self })
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

/// The names by which an import may mean a file: its own without ending, and
/// its folder's.
fn names(path: &str) -> [&str; 2] {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    [stem, folder.rsplit('/').next().unwrap_or(folder)]
}

/// The last parts of an import's module and name, which a file's name must be.
fn ends(import: &Import) -> Vec<&str> {
    // Two: the last may be a file's ending.
    let parts = import.module.rsplit(['.', '/', ':', '\\']).filter(|part| !part.is_empty());
    parts.take(2).chain(import.name.as_deref()).collect()
}
