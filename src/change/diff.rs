//! Parses git's unified diffs into hunks.
