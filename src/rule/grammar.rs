//! A language as ast-grep sees it.

use std::borrow::Cow;

use ast_grep_core::language::Language;
use ast_grep_core::matcher::PatternBuilder;
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc, TSLanguage};
use ast_grep_core::{Pattern, PatternError};

use crate::lang;

/// A parser, and the character that stands for `$` while it reads a pattern.
#[derive(Clone)]
pub(super) struct Grammar {
    pub parser: TSLanguage,
    pub mark: char,
}

impl Grammar {
    pub fn of(language: &lang::Language) -> Self {
        Self { parser: language.parser.clone(), mark: language.pattern_mark() }
    }
}

impl Language for Grammar {
    /// Puts the language's own mark in place of the `$` of `$NAME`, `$$$` and
    /// `$$$NAMES`; other dollars stay.
    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        if self.mark == '$' {
            return Cow::Borrowed(query);
        }
        let mut text = String::with_capacity(query.len());
        let mut rest = query;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            let name = from.trim_start_matches('$');
            let count = from.len() - name.len();
            let named = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
            let mark = if named || count == 3 { self.mark } else { '$' };
            text.push_str(before);
            text.extend(std::iter::repeat_n(mark, count));
            rest = name;
        }
        text.push_str(rest);
        Cow::Owned(text)
    }

    fn expando_char(&self) -> char {
        self.mark
    }

    fn kind_to_id(&self, kind: &str) -> u16 {
        self.parser.id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        self.parser.field_id_for_name(field).map(|id| id.get())
    }

    fn build_pattern(&self, builder: &PatternBuilder) -> Result<Pattern, PatternError> {
        builder.build(|text| StrDoc::try_new(text, self.clone()))
    }
}

impl LanguageExt for Grammar {
    fn get_ts_language(&self) -> TSLanguage {
        self.parser.clone()
    }
}
