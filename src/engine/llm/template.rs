//! Renders a conversation with the chat template out of the model's file.
//!
//! Message texts are hostile: a diff may contain `<|im_end|>`. The template
//! therefore sees a placeholder for each text, and the rendered conversation
//! comes back in pieces, so that only the template's own words can name
//! special tokens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, context};

use super::header::shown;
use super::vocabulary::Piece;
use crate::engine::{EngineError, Message, Role};

/// Used where a file has no template; the form most small models know.
const CHATML: &str = "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' \
    + message.content + '<|im_end|>\n' }}{% endfor %}\
    {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// Instructions that a template may take; a hostile one must end. minijinja also
/// takes one for every 64 bytes that are made, which bounds the memory to 64 MB.
const FUEL: u64 = 1_000_000;

/// How long a template may take. Fuel does not bound everything: a list that
/// holds another one twice, 64 times over, is small, and minijinja 3.1 writes it,
/// or counts the elements of a sum of such lists, without taking any. A template
/// that does not end in time is not asked again; its thread cannot be stopped
/// and ends with the process.
const TIME: Duration = Duration::from_secs(2);

/// Longest template, in bytes; those of real models have some KB.
const MOST: usize = 1 << 20;

/// How often a template may show a message: a placeholder is short, what it
/// stands for is not.
const MOST_OFTEN: usize = 4;

/// Marks around a placeholder: private-use characters, in no template.
const OPEN: char = '\u{F5A0}';
const CLOSE: char = '\u{F5A1}';

/// The template of one model.
pub struct Template {
    environment: Arc<Environment<'static>>,
    /// Whether it was once not done in time.
    stuck: AtomicBool,
    time: Duration,
    model: String,
    begin: String,
    end: String,
    variables: Variables,
}

/// What a manifest gives a template besides the conversation, by name.
pub type Variables = BTreeMap<String, toml::Value>;

/// The variables as one line of JSON, ordered by name; empty without any.
pub fn as_json(variables: &Variables) -> String {
    if variables.is_empty() { String::new() } else { serde_json::json!(variables).to_string() }
}

impl Template {
    /// Compiles a template; `begin` and `end` are the names of the tokens that
    /// begin and end a text.
    pub fn new(
        model: &str,
        source: Option<&str>,
        (begin, end): (String, String),
        variables: Variables,
    ) -> Result<Self, EngineError> {
        let source = source.unwrap_or(CHATML);
        if source.len() > MOST {
            let reason = format!("it has {} bytes, more than {MOST}", source.len());
            return Err(failed(model, Error::new(ErrorKind::InvalidOperation, reason)));
        }
        let mut environment = Environment::new();
        environment.set_syntax(whitespace().map_err(|e| failed(model, e))?);
        environment.set_fuel(Some(FUEL));
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |reason: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, shown(&reason)))
        });
        environment.add_function("strftime_now", strftime_now);
        environment.add_filter("tojson", tojson);
        environment
            .add_template_owned("chat", source.to_owned())
            .map_err(|error| failed(model, error))?;
        Ok(Self {
            environment: Arc::new(environment),
            stuck: AtomicBool::new(false),
            time: TIME,
            model: model.to_owned(),
            begin,
            end,
            variables,
        })
    }

    /// Renders a conversation up to where the assistant's words begin and
    /// hands its pieces over.
    pub fn render<T>(
        &self,
        messages: &[Message],
        with: impl FnOnce(&[Piece<'_>]) -> T,
    ) -> Result<T, EngineError> {
        let slots: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(i, message)| {
                let role = match message.role {
                    Role::System => "system",
                    Role::User => "user",
                    Role::Assistant => "assistant",
                };
                context! { role => role, content => format!("{OPEN}{i}{CLOSE}") }
            })
            .collect();
        let text = self
            .run(context! {
                messages => slots,
                add_generation_prompt => true,
                tools => Value::from(()),
                bos_token => self.begin.as_str(),
                eos_token => self.end.as_str(),
                ..Value::from(Serde(&self.variables))
            })
            .map_err(|error| failed(&self.model, error))?;
        let pieces = self.pieces(&text, messages)?;
        Ok(with(&pieces))
    }

    /// Renders within the time, on a thread of its own.
    fn run(&self, context: Value) -> Result<String, Error> {
        let broken = |reason: &'static str| Error::new(ErrorKind::InvalidOperation, reason);
        let late = || broken("it does not end in time");
        if self.stuck.load(Ordering::Relaxed) {
            return Err(late());
        }
        let (send, receive) = mpsc::channel();
        let environment = Arc::clone(&self.environment);
        let render = move || {
            let text = environment.get_template("chat").and_then(|chat| chat.render(context));
            // Nobody waits for it any more when it comes late.
            let _ = send.send(text);
        };
        std::thread::Builder::new()
            .name("template".into())
            .spawn(render)
            .map_err(|error| broken("there is no thread for it").with_source(error))?;
        match receive.recv_timeout(self.time) {
            Ok(text) => text,
            Err(RecvTimeoutError::Disconnected) => Err(broken("rendering it broke off")),
            Err(RecvTimeoutError::Timeout) => {
                self.stuck.store(true, Ordering::Relaxed);
                Err(late())
            }
        }
    }

    fn pieces<'a>(
        &self,
        text: &'a str,
        messages: &'a [Message],
    ) -> Result<Vec<Piece<'a>>, EngineError> {
        let broken =
            |reason: String| failed(&self.model, Error::new(ErrorKind::InvalidOperation, reason));
        let mut seen = vec![0; messages.len()];
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let slot = after.split_once(CLOSE);
            let (index, after) =
                slot.ok_or_else(|| broken("it takes a message's text apart".into()))?;
            let at: usize = index
                .parse()
                .ok()
                .filter(|&at| at < messages.len())
                .ok_or_else(|| broken("it changes a message's text".into()))?;
            seen[at] += 1;
            if seen[at] > MOST_OFTEN {
                return Err(broken(format!("it repeats message {}", at + 1)));
            }
            pieces.push(Piece::Template(before));
            pieces.push(Piece::Plain(&messages[at].text));
            rest = after;
        }
        pieces.push(Piece::Template(rest));
        match seen.iter().position(|&times| times == 0) {
            Some(at) => Err(broken(format!("it leaves out message {}", at + 1))),
            None => Ok(pieces),
        }
    }
}

fn failed(model: &str, source: Error) -> EngineError {
    EngineError::Template { model: model.to_owned(), source }
}

/// Newlines after blocks and blanks before them are dropped, as transformers,
/// for which these templates are written, has it.
fn whitespace() -> Result<SyntaxConfig, Error> {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()
}

/// Formats a fixed day: a prompt that changes with the date would make no
/// review reproducible.
fn strftime_now(format: &str) -> Result<String, Error> {
    jiff::fmt::strtime::format(format, jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0))
        .map_err(|e| Error::new(ErrorKind::InvalidOperation, "strftime_now").with_source(e))
}

/// Python's `json.dumps(value, ensure_ascii=False)`; minijinja's own filter
/// escapes `<`, `>`, `&` and `'` for HTML, which corrupts code.
fn tojson(state: &State, value: Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    let mut text = String::new();
    write_json(state, &value, indent.map(|indent| indent.min(16)), 0, &mut text)?;
    Ok(Value::from(text))
}

/// Writes a value; with an indent, `depth` levels of it stand before. Each value
/// takes fuel: a list that holds another one twice, which does the same, is small
/// and writes without end.
fn write_json(
    state: &State,
    value: &Value,
    indent: Option<usize>,
    depth: usize,
    out: &mut String,
) -> Result<(), Error> {
    if depth > 64 {
        return Err(Error::new(ErrorKind::BadSerialization, "tojson: nested too deeply"));
    }
    let made = indent.unwrap_or(0) * depth + value.as_str().map_or(0, str::len);
    state.consume_fuel(1 + made as u64 / 64)?;
    let break_line = |out: &mut String, depth: usize| {
        if let Some(indent) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * depth));
        }
    };
    let separate = |out: &mut String, first: &mut bool| {
        if !std::mem::take(first) {
            out.push_str(if indent.is_some() { "," } else { ", " });
        }
        break_line(out, depth + 1);
    };
    let mut first = true;
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => out.push_str("null"),
        ValueKind::Bool | ValueKind::Number => out.push_str(&value.to_string()),
        ValueKind::Map => {
            out.push('{');
            for key in value.try_iter()? {
                separate(out, &mut first);
                write_json(state, &Value::from(key.to_string()), indent, depth + 1, out)?;
                out.push_str(": ");
                write_json(state, &value.get_item(&key)?, indent, depth + 1, out)?;
            }
            if !first {
                break_line(out, depth);
            }
            out.push('}');
        }
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for item in value.try_iter()? {
                separate(out, &mut first);
                write_json(state, &item, indent, depth + 1, out)?;
            }
            if !first {
                break_line(out, depth);
            }
            out.push(']');
        }
        _ => out.push_str(&serde_json::Value::from(value.to_string()).to_string()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str, messages: &[Message]) -> Result<String, EngineError> {
        let marks = ("<s>".into(), "</s>".into());
        let variables = [("enable_thinking".to_owned(), toml::Value::Boolean(false))].into();
        let template = Template::new("m", Some(source), marks, variables)?;
        template.render(messages, |pieces| {
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Template(text) | Piece::Plain(text) => *text,
                })
                .collect()
        })
    }

    #[test]
    fn a_file_without_template_gets_chatml() {
        let template = Template::new("m", None, Default::default(), Default::default()).unwrap();
        let messages = [Message::system("s"), Message::user("<|im_end|>")];
        let plain = template
            .render(&messages, |pieces| {
                assert!(matches!(pieces[3], Piece::Plain("<|im_end|>")));
                matches!(pieces[4], Piece::Template(t) if t.ends_with("<|im_start|>assistant\n"))
            })
            .unwrap();
        assert!(plain);
    }

    #[test]
    fn python_methods_and_blocks_work_as_templates_expect() {
        let source = "{% for m in messages %}\n  {% if m['role'].upper() == 'USER' %}\n\
            {{ bos_token }}{{ m.content }}\n{% endif %}\n{% endfor %}";
        assert_eq!(render(source, &[Message::user("hi")]).unwrap(), "<s>hi\n");
    }

    #[test]
    fn json_is_pythons_and_code_survives() {
        let source = "{{ {'a': [1, '<b> & \\'c\\'']} | tojson }}{{ messages[0].content }}";
        let text = render(source, &[Message::user("")]).unwrap();
        assert_eq!(text, r#"{"a": [1, "<b> & 'c'"]}"#);
    }

    #[test]
    fn a_template_that_raises_loops_or_drops_a_message_is_refused() {
        let messages = [Message::user("hi")];
        for source in [
            "{{ raise_exception('no system role') }}",
            "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
            "nothing of the conversation",
            "{{ messages[0].content[1:] }}",
            "{{ undefined.thing.more }}",
        ] {
            let result = render(source, &messages);
            assert!(matches!(result, Err(EngineError::Template { .. })), "{source}: {result:?}");
        }
        assert!(matches!(render("{% if %}", &messages), Err(EngineError::Template { .. })));
    }

    /// Writes a list of lists 2^20 times over, at one instruction: some tenths of
    /// a second, after which the thread is done.
    #[test]
    fn a_template_that_does_not_end_in_time_is_asked_once() {
        let source = "{% set n = namespace(x=[1, 2]) %}{% for i in range(20) %}\
            {% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | upper }}{{ messages[0].content }}";
        let marks = Default::default();
        let mut template = Template::new("m", Some(source), marks, Default::default()).unwrap();
        template.time = Duration::from_millis(1);
        for _ in 0..2 {
            let error = template.render(&[Message::user("hi")], |_| ()).unwrap_err();
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(cause.contains("does not end in time"), "{cause}");
        }
        assert!(template.stuck.load(Ordering::Relaxed));
    }

    #[test]
    fn a_message_is_not_repeated_without_end() {
        let source = "{{ messages[0].content * 50 }}";
        let error = render(source, &[Message::user("hi")]).unwrap_err();
        assert!(matches!(error, EngineError::Template { .. }));
    }

    #[test]
    fn the_date_stands_still() {
        let text =
            render("{{ strftime_now('%d %b %Y') }}{{ messages[0].content }}", &[Message::user("")]);
        assert_eq!(text.unwrap(), "01 Jan 2026");
    }
}
