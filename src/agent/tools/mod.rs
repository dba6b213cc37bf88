//! The tools of the agents, one file each.
//!
//! All are read-only and see nothing but the files of the reviewed tree, its
//! history, and the local Sentry cache.

pub mod find_references;
pub mod find_symbol;
pub mod line_history;
pub mod list_tree;
pub mod outline;
mod path;
pub mod read_lines;
pub mod search_meaning;
pub mod search_text;

pub use find_references::FindReferences;
pub use find_symbol::FindSymbol;
pub use line_history::LineHistory;
pub use list_tree::ListTree;
pub use outline::Outline;
pub use read_lines::ReadLines;
pub use search_meaning::SearchMeaning;
pub use search_text::SearchText;
