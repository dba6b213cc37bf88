//! The settings of an endpoint on the site's own network, and its address.

use serde::{Deserialize, Serialize};

/// A server that speaks OpenAI's protocol; off while `url` is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub url: String,
    pub model: String,
    pub kind: EndpointKind,
    pub api_key_env: String,
    pub ca_file: String,
    pub context: usize,
    pub judges: bool,
    pub connect_seconds: u64,
    pub silence_seconds: u64,
    pub retries: u32,
    pub concurrency: usize,
    pub template: toml::Table,
}

/// Which program answers; each has its own form of grammars and token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    Auto,
    LlamaServer,
    Vllm,
    Sglang,
    Openai,
}

/// Where an endpoint is: one host, one port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub https: bool,
    /// A name or a number; an IPv6 one without its brackets.
    pub host: String,
    pub port: u16,
    /// What stands before `/v1`: empty, or begins with a slash and ends without.
    pub path: String,
}

impl Address {
    /// Reads `http://host:port` or `https://host/path`; a final `/v1` is left
    /// out. The error is a clause that says what is wrong.
    pub fn parse(url: &str) -> Result<Self, String> {
        let url = url.trim();
        let (https, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err("it must begin with http:// or https://".into()),
        };
        if rest.contains(['?', '#', '\\']) || rest.contains(|c: char| c.is_whitespace()) {
            return Err("it must be an address alone, without a query".into());
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err("a password does not belong here: name a variable in \
                        `endpoint.api_key_env`"
                .into());
        }
        let (host, port) = split(authority)?;
        let port = match port {
            None if https => 443,
            None => 80,
            Some(text) => match text.parse() {
                Ok(port) if port > 0 => port,
                _ => return Err(format!("`{text}` is no port")),
            },
        };
        let path = path.trim_end_matches('/');
        let path =
            path.strip_suffix("v1").filter(|p| p.is_empty() || p.ends_with('/')).unwrap_or(path);
        let path = path.trim_matches('/');
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self { https, host: host.to_owned(), port, path })
    }
}

/// Host and port of `host:port`, where the host may be `[IPv6]`.
fn split(authority: &str) -> Result<(&str, Option<&str>), String> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(inner) => {
            let (host, rest) = inner.split_once(']').ok_or("the bracket is not closed")?;
            let number = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
            if !host.contains(':') || !host.chars().all(number) {
                return Err(format!("`{host}` is no IPv6 address"));
            }
            (host, rest)
        }
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            let (host, rest) = authority.split_at(end);
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            if host.is_empty() || !host.chars().all(plain) {
                return Err("it names no host".into());
            }
            (host, rest)
        }
    };
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err("the host is not plain".into()),
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{scheme}://{host}:{}{}", self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_host_and_one_port() {
        for (url, expected) in [
            ("http://10.0.0.5:8000", "http://10.0.0.5:8000"),
            ("http://gpu1:8000/v1/", "http://gpu1:8000"),
            ("https://gpu1.example.org", "https://gpu1.example.org:443"),
            ("http://gpu1/llm/v1", "http://gpu1:80/llm"),
            ("http://gpu1/llmv1", "http://gpu1:80/llmv1"),
            ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ] {
            assert_eq!(Address::parse(url).unwrap().to_string(), expected, "{url}");
        }
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        for url in [
            "gpu1:8000",
            "ftp://gpu1",
            "http://",
            "http://a b",
            "http://user:word@gpu1",
            "http://gpu1:port",
            "http://gpu1:0",
            "http://gpu1:99999",
            "http://[::1",
            "http://[gpu1]",
            "http://[::1]x",
            "http://gpu1/?next=http://b",
            "http://gpu1#b",
            "http://gpu1\\b",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }
}
