//! The tools of the agents, one file each.
//!
//! All are read-only and see nothing but the files of the reviewed tree, its
//! history, and the local Sentry cache.
