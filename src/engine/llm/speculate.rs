//! Guesses the next tokens by prompt look-up: agents quote code and repeat
//! names, so what followed the last few tokens before may follow them again
//! (Saxena, 2023, "Prompt Lookup Decoding"; Leviathan et al., 2022,
//! arXiv:2211.17192).
//!
//! A guess is only ever accepted where it equals the token that is picked
//! without it, so guessing changes how long a completion takes, never its text.

/// Tokens that must repeat before a guess is made.
const REPEAT: usize = 3;
/// Longest repetition that is told apart from longer ones.
const LONGEST: usize = 16;
/// Most tokens of a guess; each costs one more row in the step.
const MOST: usize = 8;
const FIRST: usize = 3;

/// The text so far, and how well guesses did.
pub struct Lookup {
    tokens: Vec<u32>,
    /// Tokens of the next guess.
    length: usize,
}

impl Lookup {
    pub fn new(prompt: &[u32]) -> Self {
        Self { tokens: prompt.to_vec(), length: FIRST }
    }

    /// Takes in a token that was written.
    pub fn saw(&mut self, token: u32) {
        self.tokens.push(token);
    }

    /// At most `most` tokens that may come next: those after the longest, then
    /// the latest repetition of the last tokens.
    pub fn guess(&self, most: usize) -> &[u32] {
        let end = self.tokens.len();
        let mut best = (REPEAT - 1, end);
        for at in (1..end).rev() {
            if self.tokens[at - 1] != self.tokens[end - 1] {
                continue;
            }
            let (before, last) = (&self.tokens[..at], &self.tokens[..end]);
            let pairs = before.iter().rev().zip(last.iter().rev());
            let length = pairs.take(LONGEST).take_while(|(a, b)| a == b).count();
            if length > best.0 {
                best = (length, at);
            }
        }
        let from = best.1;
        &self.tokens[from..end.min(from + most.min(self.length))]
    }

    /// Learns how many tokens of a guess were right.
    pub fn judge(&mut self, right: usize, guessed: usize) {
        if guessed == 0 {
            return;
        }
        self.length = if right == guessed { self.length * 2 } else { right + 1 }.clamp(1, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_repetition_is_continued() {
        let lookup = Lookup::new(&[1, 2, 3, 9, 8, 7, 0, 1, 2, 3, 4, 5, 5, 0, 1, 2, 3]);
        assert_eq!(lookup.guess(10), [4, 5, 5]);
        assert_eq!(lookup.guess(1), [4]);
        assert!(lookup.guess(0).is_empty());
        let short = Lookup::new(&[2, 3, 9, 2, 3]);
        assert!(short.guess(10).is_empty(), "two tokens are no repetition");
        assert!(Lookup::new(&[]).guess(10).is_empty());
        assert!(Lookup::new(&[4, 4, 4]).guess(10).is_empty());
        assert_eq!(Lookup::new(&[4, 4, 4, 4]).guess(10), [4]);
    }

    #[test]
    fn guesses_grow_while_they_are_right() {
        let mut lookup = Lookup::new(&[]);
        for _ in 0..5 {
            let length = lookup.length;
            lookup.judge(length, length);
        }
        assert_eq!(lookup.length, MOST);
        lookup.judge(1, MOST);
        assert_eq!(lookup.length, 2);
        lookup.judge(0, 2);
        assert_eq!(lookup.length, 1);
        lookup.judge(0, 0);
        assert_eq!(lookup.length, 1);
    }
}
