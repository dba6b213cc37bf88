//! Model manifests, fetching, checking.
