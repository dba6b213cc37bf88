//! `Gemfile.lock`.

use super::Pin;

/// Gems stand four blanks deep below `specs:`, what they need six deep. One that is
/// built for several platforms stands there for each, `1.15.4-x86_64-linux`.
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
                let version = version.split('-').next().unwrap_or(version);
                let pin = Pin::new(name, version);
                if pins.last() != Some(&pin) {
                    pins.push(pin);
                }
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
    fn a_gem_for_several_platforms_counts_once() {
        let text = "GEM\n  specs:\n    nokogiri (1.15.4)\n    nokogiri (1.15.4-arm64-darwin)\n    \
                    nokogiri (1.15.4-x86_64-linux)\n    racc (1.7.1)\n    racc (1.7.1-java)\n";
        assert_eq!(gemfile(text), [Pin::new("nokogiri", "1.15.4"), Pin::new("racc", "1.7.1")]);
    }

    #[test]
    fn gems_without_what_they_need() {
        let text = "GEM\n  remote: x\n  specs:\n    rack (2.2.3)\n    sinatra (3.0.0)\n      \
                    rack (~> 2.2)\n\nDEPENDENCIES\n  sinatra (= 3.0)\n";
        assert_eq!(gemfile(text), [Pin::new("rack", "2.2.3"), Pin::new("sinatra", "3.0.0")]);
    }
}
