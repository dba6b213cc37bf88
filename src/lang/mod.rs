//! Programming languages as data: a folder in `grammars/` each.
//!
//! `grammars/<name>/language.toml` names the parser, extensions and shebangs;
//! `tags.scm` captures definitions, references and imports, `scopes.scm` local
//! names, which are no references to anything outside, `chunks.scm` the
//! nodes that search indexes as one piece, `params.scm` the parameters of a
//! definition, `guards.scm` the checks whose removal matters,
//! `contract.scm` what a function returns and raises. A folder without
//! `language.toml` only lends its queries to languages that inherit it.

mod argument;
mod branch;
mod chunk;
mod contract;
mod definition;
mod guard;
mod import;
mod limit;
mod load;
pub mod name;
mod parameter;
mod parser;
mod query;
mod scope;
mod tag;
mod word;

use tree_sitter::Tree;

pub use argument::CallSite;
pub use branch::{Branch, parts};
pub use chunk::Chunk;
pub use contract::Contract;
pub use definition::{Definition, MAX_NESTING, SymbolKind, is_too_nested};
pub use guard::{GUARD_KINDS, Guard};
pub use import::{Imports, ModuleForm};
pub use load::{Languages, SkipRules, Standing};
pub use parameter::Parameter;
pub use tag::{Facts, Import, Use};
pub use word::WordRules;

use load::Settings;
use query::LazyQuery;

/// A language with its compiled queries.
#[derive(Debug)]
pub struct Language {
    pub name: String,
    pub extensions: Vec<String>,
    pub parser: tree_sitter::Language,
    /// Hash of everything that decides what is read out of a file; facts that
    /// an older version stored are not used.
    pub version: String,
    settings: Settings,
    tests: globset::GlobSet,
    test_names: globset::GlobSet,
    tags: LazyQuery,
    chunks: LazyQuery,
    params: LazyQuery,
    guards: LazyQuery,
    contracts: LazyQuery,
}

#[derive(Debug, thiserror::Error)]
pub enum LangError {
    #[error(transparent)]
    Asset(#[from] crate::asset::AssetError),
    #[error("{file} is not valid")]
    Toml {
        file: String,
        #[source]
        source: toml::de::Error,
    },
    #[error("the query {file} does not compile")]
    Query {
        file: String,
        #[source]
        source: tree_sitter::QueryError,
    },
    #[error("{file} names the parser `{parser}`, which this program does not contain")]
    Parser { file: String, parser: String },
    #[error("{file} holds a pattern for file names that is not valid")]
    Glob {
        file: String,
        #[source]
        source: globset::Error,
    },
}

impl Language {
    /// Parses a text; `None` when the time limit (1 s of computing) runs out.
    pub fn parse(&self, text: &str) -> Option<Tree> {
        parser::parse(&self.parser, text)
    }

    /// Definitions, references and imports in one pass.
    pub fn facts(&self, tree: &Tree, text: &str) -> Facts {
        tag::facts(self, tree, text)
    }

    /// Definitions in the order of the text, an outer one before its members.
    pub fn definitions(&self, tree: &Tree, text: &str) -> Vec<Definition> {
        self.facts(tree, text).definitions
    }

    /// Uses of names, calls among them, in the order of the text.
    pub fn references(&self, tree: &Tree, text: &str) -> Vec<Use> {
        self.facts(tree, text).references
    }

    pub fn imports(&self, tree: &Tree, text: &str) -> Vec<Import> {
        self.facts(tree, text).imports
    }

    /// Calls with the shape of their arguments, in the order of the text.
    pub fn calls(&self, tree: &Tree, text: &str) -> Vec<CallSite> {
        argument::calls(self, tree, text)
    }

    /// Parameters of a function or method of this tree, in order, without the
    /// object it belongs to (`self`); empty for other definitions.
    pub fn parameters(&self, tree: &Tree, text: &str, definition: &Definition) -> Vec<Parameter> {
        parameter::parameters(self, tree, text, definition)
    }

    /// [`Self::parameters`] of each definition of this tree, in their order.
    pub fn all_parameters(
        &self,
        tree: &Tree,
        text: &str,
        definitions: &[Definition],
    ) -> Vec<Vec<Parameter>> {
        parameter::all_parameters(self, tree, text, definitions)
    }

    /// Whether a caller may write a parameter's name.
    pub fn can_name(&self, parameter: &Parameter) -> bool {
        let arguments = &self.settings.arguments;
        !arguments.keyword.is_empty()
            && !parameter.positional_only
            && !parameter.variadic
            && (parameter.keyword_only || !arguments.labelled)
    }

    /// What each definition of this tree promises besides its parameters, in their
    /// order.
    pub fn contracts(&self, tree: &Tree, text: &str, definitions: &[Definition]) -> Vec<Contract> {
        contract::contracts(self, tree, text, definitions)
    }

    /// Checks that protect the code after or inside them, in the order of the
    /// text.
    pub fn guards(&self, tree: &Tree, text: &str) -> Vec<Guard> {
        guard::guards(self, tree, text)
    }

    /// Places where code decides, in the order of the text.
    pub fn branches(&self, tree: &Tree, text: &str) -> Vec<Branch> {
        branch::branches(self, tree, text)
    }

    /// Pieces of the file that search treats as one, in the order of the text.
    pub fn chunks(&self, tree: &Tree, text: &str) -> Vec<Chunk> {
        chunk::chunks(self, tree, text)
    }

    /// Whether files of this language at that path hold tests.
    pub fn is_test_path(&self, path: &str) -> bool {
        self.tests.is_match(path)
    }

    /// Whether a definition's name is that of a test.
    pub fn is_test_name(&self, name: &str) -> bool {
        self.test_names.is_match(name)
    }

    /// What joins the parts of a qualified name: `.` or `::`.
    pub fn separator(&self) -> &str {
        &self.settings.separator
    }

    /// Languages of one family can use each other's definitions.
    pub fn family(&self) -> &str {
        &self.settings.family
    }

    /// Folders of `grammars/` whose queries and rules hold for it, its own last.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.settings.inherits.iter().map(String::as_str).chain([self.name.as_str()])
    }

    /// What stands for the `$` of a rule's variables while its pattern is parsed.
    pub fn pattern_mark(&self) -> char {
        self.settings.pattern_mark
    }

    /// Receivers that mean the enclosing object: `self`, `this`.
    pub fn self_names(&self) -> &[String] {
        &self.settings.self_names
    }

    /// Whether a method may be called by its bare name inside its class.
    pub fn implicit_receiver(&self) -> bool {
        self.settings.implicit_receiver
    }

    /// Whether functions of one name may differ by their parameters alone.
    pub fn has_overloads(&self) -> bool {
        self.settings.overloads
    }

    /// How its imports name files and what is seen without one.
    pub fn import_rules(&self) -> &Imports {
        &self.settings.imports
    }

    /// Whether a method of this name is so common on built-in types that the
    /// name alone says nothing.
    pub fn is_ambient(&self, name: &str) -> bool {
        self.settings.ambient.iter().any(|n| n == name)
    }

    /// Whether a trimmed source line is nothing but a comment.
    pub fn is_comment(&self, line: &str) -> bool {
        let line = line.trim_start();
        let comments = &self.settings.comments;
        comments.line.iter().any(|t| line.starts_with(t.as_str()))
            || comments.block.iter().any(|[open, _]| line.starts_with(open.as_str()))
    }
}
