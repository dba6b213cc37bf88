//! Rebuilds the crate when a data file that is compiled into it changes.
fn main() {
    for folder in ["models", "grammars", "prompts", "src/cli/demo", "src/store/migrations"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
