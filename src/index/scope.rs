//! Which files of a tree a search looks at.

use globset::{GlobBuilder, GlobMatcher};

use crate::lang::Languages;

use super::IndexError;
use super::view::View;

/// A filter by path and language; the default lets every file pass.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    paths: Paths,
    language: Option<String>,
}

#[derive(Debug, Clone, Default)]
enum Paths {
    #[default]
    Everything,
    Folder(String),
    Glob(GlobMatcher),
}

impl Scope {
    /// `path` is a file, a folder or a glob (`*.py` means in any folder);
    /// `language` the name of one, or an extension of its files. Empty texts
    /// are no filter. Fails on a glob that is not valid and on a language that
    /// is not known.
    pub fn parse(
        languages: &Languages,
        path: Option<&str>,
        language: Option<&str>,
    ) -> Result<Self, IndexError> {
        let language = match language.map(str::trim).filter(|l| !l.is_empty()) {
            Some(name) => Some(known(languages, name)?),
            None => None,
        };
        Ok(Self { paths: Paths::parse(path)?, language })
    }

    /// Whether a file of the view's tree passes.
    pub fn holds(&self, view: &View, path: &str) -> bool {
        self.paths.holds(path)
            && self
                .language
                .as_deref()
                .is_none_or(|name| view.language(path).is_some_and(|l| l.name == name))
    }
}

/// A language by its name or an extension, without regard to case.
fn known(languages: &Languages, given: &str) -> Result<String, IndexError> {
    let lower = given.to_lowercase();
    let extension = lower.trim_start_matches('.');
    languages
        .get(&lower)
        .or_else(|| languages.of(&format!("a.{extension}"), ""))
        .map(|l| l.name.clone())
        .ok_or_else(|| IndexError::Language {
            given: given.to_owned(),
            known: languages.iter().map(|l| l.name.clone()).collect(),
        })
}

impl Paths {
    fn parse(text: Option<&str>) -> Result<Self, IndexError> {
        let text = text.unwrap_or_default().trim();
        let text = text.strip_prefix("./").unwrap_or(text);
        let text = text.trim_end_matches('/');
        if text.is_empty() || text == "." {
            return Ok(Self::Everything);
        }
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self::Folder(text.to_owned()));
        }
        // `*.py` means in any folder, as in a `.gitignore`.
        let pattern = if text.contains('/') { text.to_owned() } else { format!("**/{text}") };
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        glob.map(|g| Self::Glob(g.compile_matcher())).map_err(|e| IndexError::Glob(e.to_string()))
    }

    fn holds(&self, path: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Folder(folder) => path
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Self::Glob(glob) => glob.is_match(path),
        }
    }
}
