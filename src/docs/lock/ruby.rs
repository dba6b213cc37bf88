//! `Gemfile.lock`.

use super::Pin;

/// Gems stand four blanks deep below `specs:`, what they need six deep.
pub(super) fn gemfile(text: &str) -> Vec<Pin> {
    let mut inside = false;
    let mut pins = Vec::new();
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        match (depth, line.trim()) {
            (0, _) => inside = false,
            (2, "specs:") => inside = true,
            (4, gem) if inside => {
                let Some((name, version)) = gem.split_once(" (") else { continue };
                let version = version.trim_end_matches(')');
                pins.push(Pin::new(name, version));
            }
            _ => {}
        }
    }
    pins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gems_without_what_they_need() {
        let text = "GEM\n  remote: x\n  specs:\n    rack (2.2.3)\n    sinatra (3.0.0)\n      \
                    rack (~> 2.2)\n\nDEPENDENCIES\n  sinatra (= 3.0)\n";
        assert_eq!(gemfile(text), [Pin::new("rack", "2.2.3"), Pin::new("sinatra", "3.0.0")]);
    }
}
