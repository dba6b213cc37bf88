use std::fmt::Write;

use crate::window::Window;

/// One line for each target.
pub fn render(targets: &[String], windows: &[Window]) -> String {
    let mut out = String::new();
    for (target, window) in targets.iter().zip(windows) {
        if window.len() == 0 {
            let _ = writeln!(out, "{target} down");
            continue;
        }
        let (mean, max) = (window.mean_us(), window.max_us());
        let _ = writeln!(
            out,
            "{target} up n={} mean={mean}us max={max}us",
            window.len()
        );
    }
    out
}
