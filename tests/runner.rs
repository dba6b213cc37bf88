//! The one integration test binary; every file of this folder is a module of it.

#![allow(
    clippy::disallowed_types,
    reason = "tests imitate a hub, and try what the sandbox refuses"
)]

mod common;

mod change;
mod cli;
mod data;
mod docs;
mod docs_place;
mod engine;
mod eval;
mod eval_import;
mod history;
mod hook;
mod impact;
mod index;
mod layers;
mod models;
mod odd;
mod origin;
mod pipeline;
mod qualify;
mod remote;
mod risk;
mod rules;
mod sandbox;
mod search;
mod sentry;
#[cfg(feature = "export")]
mod sentry_export;
#[cfg(feature = "export")]
mod sentry_export_faults;
mod sentry_import;
mod sentry_place;
mod sentry_snapshot;
mod try_command;

#[test]
fn every_test_file_is_registered() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let runner = std::fs::read_to_string(folder.join("runner.rs")).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|e| e == "rs") && name != "runner" {
            assert!(
                runner.contains(&format!("\nmod {name};")),
                "tests/{name}.rs is not in tests/runner.rs"
            );
        }
    }
}
