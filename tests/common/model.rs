//! Real models for tests: fetched once into the user's data folder.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use etcetera::BaseStrategy;
use forewarn::asset::Assets;
use forewarn::engine::model::{Installed, Manifest, Manifests, ModelStore, Silent};

/// `FOREWARN_DATA_DIR`, else the data folder that the program itself uses, so
/// that a model is downloaded once for all.
pub fn data_dir() -> PathBuf {
    match std::env::var_os("FOREWARN_DATA_DIR") {
        Some(folder) => folder.into(),
        None => etcetera::choose_base_strategy()
            .expect("this user has no home folder; set FOREWARN_DATA_DIR")
            .data_dir()
            .join("forewarn"),
    }
}

/// A built-in model's manifest.
pub fn manifest(name: &str) -> Manifest {
    let manifests = Manifests::load(&Assets::builtin()).unwrap();
    manifests.require(name).unwrap().clone()
}

/// A built-in model on disk, pulled when it is missing; panics with what was
/// tried when it cannot be had.
pub fn installed(name: &str) -> Installed {
    static DONE: OnceLock<Mutex<HashMap<String, Installed>>> = OnceLock::new();
    // A test that panicked while it held the lock left the map as it was.
    let mut done =
        DONE.get_or_init(Mutex::default).lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(found) = done.get(name) {
        return found.clone();
    }
    let found = ModelStore::new(data_dir())
        .pull(&manifest(name), &mut Silent)
        .unwrap_or_else(|error| panic!("this test needs the model {name}: {error}"));
    done.insert(name.to_owned(), found.clone());
    found
}
