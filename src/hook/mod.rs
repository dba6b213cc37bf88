//! The pre-push hook: installing it and what it runs.
