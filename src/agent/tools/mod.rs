//! The tools of the agents, one file each.
//!
//! All are read-only and see nothing but the files of the reviewed tree, its
//! history, the local Sentry cache, and the documentation of packages.

pub mod docs_search;
pub mod find_references;
pub mod find_symbol;
pub mod line_history;
pub mod list_tree;
pub mod outline;
mod path;
pub mod read_lines;
pub mod search;
pub mod search_text;
mod sentry;
pub mod sentry_by_error_type;
pub mod sentry_by_function;
pub mod sentry_by_keywords;
pub mod sentry_details;

pub use docs_search::DocsSearch;
pub use find_references::FindReferences;
pub use find_symbol::FindSymbol;
pub use line_history::LineHistory;
pub use list_tree::ListTree;
pub use outline::Outline;
pub use read_lines::ReadLines;
pub use search::Search;
pub use search_text::SearchText;
pub use sentry::History;
pub use sentry_by_error_type::SentryByErrorType;
pub use sentry_by_function::SentryByFunction;
pub use sentry_by_keywords::SentryByKeywords;
pub use sentry_details::SentryDetails;
