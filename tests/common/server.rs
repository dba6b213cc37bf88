//! A model server of the tests' own: one thread for each connection, one answer
//! for each, with faults on demand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// What a client sent.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Text of the last message.
    pub fn last(&self) -> &str {
        let messages = self.body["messages"].as_array().unwrap();
        messages.last().unwrap()["content"].as_str().unwrap()
    }
}

pub enum Answer {
    Json(u16, Value),
    /// Any body, with more headers.
    Raw(u16, &'static [(&'static str, &'static str)], String),
    /// Like `Raw`, with headers made for the occasion.
    With(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Says how long the body is, sends this many bytes of it, and hangs up.
    Short(usize, String),
    /// A stream of these texts that ends properly.
    Stream(Vec<&'static str>),
    /// Lines of a stream, after which the connection is closed, in the middle
    /// of a chunk.
    Cut(Vec<String>),
    /// Keeps the client waiting first.
    Slow(Duration, Box<Answer>),
    /// Sends a part every so often until the client goes away.
    Endless(Duration),
}

pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    gone: Arc<Mutex<usize>>,
}

impl Server {
    /// Answers each request by `answer`, given with how many of its path came
    /// before.
    pub fn new(answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, gone) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<usize>>::default());
        let (seen, lost, answer) = (asked.clone(), gone.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, lost, answer) = (seen.clone(), lost.clone(), answer.clone());
                std::thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    let before = {
                        let mut seen = seen.lock().unwrap();
                        let before = seen.iter().filter(|a| a.path == request.path).count();
                        seen.push(request.clone());
                        before
                    };
                    if write(&stream, answer(&request, before)).is_err() {
                        *lost.lock().unwrap() += 1;
                    }
                });
            }
        });
        Self { url, asked, gone }
    }

    /// One that says what it is and answers chat completions.
    pub fn chat(
        owner: &'static str,
        chat: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::new(move |asked, before| match asked.path.as_str() {
            "/v1/models" => Answer::Json(200, json!({ "data": [{ "owned_by": owner }] })),
            "/v1/chat/completions" => chat(asked, before),
            _ => Answer::Json(404, json!({ "error": { "message": "not here" } })),
        })
    }

    /// All requests so far.
    pub fn all(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The requests for a path so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|a| a.path == path).cloned().collect()
    }

    pub fn chats(&self) -> Vec<Asked> {
        self.asked("/v1/chat/completions")
    }

    /// Answers that the client did not wait for.
    pub fn gone(&self) -> usize {
        *self.gone.lock().unwrap()
    }

    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().unwrap().parse().unwrap()
    }
}

/// A part of a stream.
pub fn part(text: &str) -> String {
    format!("data: {}", json!({ "choices": [{ "delta": { "content": text } }] }))
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(n, _)| n == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, v)| v.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Asked { method, path, headers, body })
}

fn write(mut stream: &TcpStream, answer: Answer) -> std::io::Result<()> {
    let head = |status: u16, more: &str| {
        format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n{more}\r\n")
    };
    let stream_head =
        head(200, "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n");
    let chunk = |mut stream: &TcpStream, text: &str| {
        write!(stream, "{:x}\r\n{text}\r\n", text.len())?;
        stream.flush()
    };
    match answer {
        Answer::Json(status, value) => {
            let body = value.to_string();
            let more =
                format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
            write!(stream, "{}{body}", head(status, &more))
        }
        Answer::Raw(status, headers, body) => {
            let mut more: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
            more.push_str(&format!("content-length: {}\r\n", body.len()));
            write!(stream, "{}{body}", head(status, &more))
        }
        Answer::With(status, headers, body) => {
            let mut more: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
            more.push_str(&format!("content-length: {}\r\n", body.len()));
            write!(stream, "{}", head(status, &more))?;
            stream.write_all(&body)
        }
        Answer::Short(sent, body) => {
            let more = format!("content-length: {}\r\n", body.len());
            write!(stream, "{}", head(200, &more))?;
            stream.write_all(&body.as_bytes()[..sent])
        }
        Answer::Stream(texts) => {
            write!(stream, "{stream_head}")?;
            for text in texts {
                chunk(stream, &format!("{}\n\n", part(text)))?;
            }
            let usage = json!({
                "prompt_tokens": 7, "completion_tokens": 3,
                "prompt_tokens_details": { "cached_tokens": 5 },
            });
            let last = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
            chunk(stream, &format!("data: {last}\n\n"))?;
            chunk(stream, &format!("data: {}\n\n", json!({ "choices": [], "usage": usage })))?;
            chunk(stream, "data: [DONE]\n\n")?;
            write!(stream, "0\r\n\r\n")
        }
        Answer::Cut(lines) => {
            write!(stream, "{stream_head}")?;
            for line in lines {
                chunk(stream, &format!("{line}\n\n"))?;
            }
            write!(stream, "40\r\ndata: ")
        }
        Answer::Slow(wait, answer) => {
            std::thread::sleep(wait);
            write(stream, *answer)
        }
        Answer::Endless(pause) => {
            write!(stream, "{stream_head}")?;
            loop {
                chunk(stream, &format!("{}\n\n", part("on and ")))?;
                std::thread::sleep(pause);
            }
        }
    }
}
