//! The tools of the agents, one file each.
//!
//! All are read-only and see nothing but the files of the reviewed tree, its
//! history, and the local Sentry cache.

mod sentry;
pub mod sentry_by_error_type;
pub mod sentry_by_function;
pub mod sentry_by_keywords;
pub mod sentry_details;

pub use sentry_by_error_type::SentryByErrorType;
pub use sentry_by_function::SentryByFunction;
pub use sentry_by_keywords::SentryByKeywords;
pub use sentry_details::SentryDetails;
