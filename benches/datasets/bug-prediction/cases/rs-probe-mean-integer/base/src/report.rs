use std::fmt::Write;

use crate::window::Window;

/// One line for each target.
pub fn render(targets: &[String], windows: &[Window]) -> String {
    let mut out = String::new();
    for (target, window) in targets.iter().zip(windows) {
        let mean = window.mean_ms();
        let _ = if mean.is_nan() {
            writeln!(out, "{target} down")
        } else {
            writeln!(out, "{target} up n={} mean={mean:.1}ms", window.len())
        };
    }
    out
}
