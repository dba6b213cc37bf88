//! Standard output of a command: colored only where it should be, and never
//! with a character that steers the terminal unless we wrote it.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

use crate::config::Color;

/// Buffered standard output.
pub struct Output {
    stream: io::BufWriter<AutoStream<io::Stdout>>,
    color: bool,
}

impl Output {
    pub fn new(color: Color) -> Self {
        let color = wants_color(color, &io::stdout());
        let choice = if color { ColorChoice::Always } else { ColorChoice::Never };
        Self { stream: io::BufWriter::new(AutoStream::new(io::stdout(), choice)), color }
    }

    /// Whether escape sequences get through.
    pub fn color(&self) -> bool {
        self.color
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Whether to color what goes to `stream`; `auto` asks the terminal, `NO_COLOR`
/// and `CLICOLOR`.
pub fn wants_color<S: anstream::stream::RawStream>(color: Color, stream: &S) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => AutoStream::choice(stream) != ColorChoice::Never,
    }
}

/// Writes a value as indented JSON with a line end.
pub fn json(out: &mut dyn Write, value: &impl serde::Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(out, "{}", crate::report::ascii_controls(&text))?;
    Ok(())
}
