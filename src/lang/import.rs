//! How a language's imports name files: the table `[imports]` of `language.toml`.

use serde::Deserialize;

/// What the module of an import may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModuleForm {
    /// Its parts end a file's path without extension: Python's `shop.cart`.
    File,
    /// Its parts end a folder's path, and any file there may hold the name: Go.
    Folder,
    /// It is a path itself, from the importing file or from some root: C, JavaScript.
    Path,
    /// Its parts are the containers of what is imported, wherever that lies: C#.
    Namespace,
    /// Some folder around the file has its name: Swift's `Sources/Shop/`.
    Ancestor,
}

/// The rules of one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Imports {
    pub modules: Vec<ModuleForm>,
    /// How many leading parts of a module a path may lack.
    pub missing: usize,
    /// Whether an import that names nothing brings in all of its module.
    pub whole: bool,
    /// Files that stand for their folder, without extension.
    pub index_files: Vec<String>,
    /// Parts that mean the own package and no folder.
    pub own_words: Vec<String>,
    /// Whether files of one folder see each other without an import.
    pub own_folder: bool,
    /// Folders below which packages begin, so that the same package in two of
    /// them is one.
    pub source_roots: Vec<String>,
    /// Folders that hold a folder for each module, whose files see each other.
    pub module_roots: Vec<String>,
    /// Whether code sees the names of the namespaces around it.
    pub namespace_scope: bool,
}

impl Default for Imports {
    fn default() -> Self {
        Self {
            modules: vec![ModuleForm::File],
            missing: 0,
            whole: false,
            index_files: Vec::new(),
            own_words: Vec::new(),
            own_folder: false,
            source_roots: Vec::new(),
            module_roots: Vec::new(),
            namespace_scope: false,
        }
    }
}
