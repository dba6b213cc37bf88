//! How the words of other datasets map to ours.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::eval::dataset::{Category, Severity};

/// The tables of `formats.toml`. Keys are in lower case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formats {
    /// What stands before `OWNER/NAME` in a URL.
    pub host: String,
    languages: BTreeMap<String, String>,
    severities: BTreeMap<String, Severity>,
    severity_of: BTreeMap<String, Severity>,
    categories: BTreeMap<String, Category>,
    /// `OWNER/NAME` by the name of a project of Defects4J.
    pub defects4j: BTreeMap<String, String>,
    /// Names of `grammars/`.
    #[serde(skip)]
    known: BTreeSet<String>,
}

impl Formats {
    /// `languages` are the names of `grammars/`.
    pub fn new(languages: &BTreeSet<String>) -> Self {
        let formats: Self = toml::from_str(include_str!("formats.toml"))
            .expect("formats.toml is checked by a test");
        Self { known: languages.clone(), ..formats }
    }

    /// Our name of a language, or `other`.
    pub fn language(&self, name: &str) -> String {
        let name = name.trim().to_lowercase();
        let name = self.languages.get(&name).unwrap_or(&name);
        if self.known.contains(name) { name.clone() } else { "other".to_owned() }
    }

    /// `None` for a word that the table lacks.
    pub fn category(&self, name: &str) -> Option<Category> {
        self.categories.get(&name.trim().to_lowercase()).copied()
    }

    /// The severity of a word, or without one that of the category.
    /// `None` for a word that the table lacks.
    pub fn severity(&self, name: Option<&str>, category: Category) -> Option<Severity> {
        match name {
            Some(name) => self.severities.get(&name.trim().to_lowercase()).copied(),
            None => self.severity_of.get(category.as_str()).copied(),
        }
    }

    pub fn url(&self, repository: &str) -> String {
        format!("{}{repository}", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_map_and_every_category_has_a_severity() {
        let formats = Formats::new(&["cpp".to_owned(), "go".to_owned()].into());
        assert_eq!(formats.language("C++"), "cpp");
        assert_eq!(formats.language("Go"), "go");
        assert_eq!(formats.language("Cobol"), "other");
        assert_eq!(formats.category("Logic"), Some(Category::WrongResult));
        assert_eq!(formats.category("magic"), None);
        for category in formats.categories.values() {
            assert!(formats.severity(None, *category).is_some(), "{category:?}");
        }
        assert_eq!(formats.severity(Some("High"), Category::Style), Some(Severity::High));
        assert_eq!(formats.severity(Some("huge"), Category::Style), None);
    }
}
