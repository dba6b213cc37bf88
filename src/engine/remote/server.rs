//! Which program answers at an endpoint, and what it offers.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::error::RemoteError;
use crate::config::EndpointKind;

/// What is known of a server after asking it.
#[derive(Debug)]
pub struct Server {
    /// Never `Auto`.
    pub kind: EndpointKind,
    /// Tokens of one request, if it says so.
    pub window: Option<usize>,
    /// vLLM renamed the key of a grammar in its version 0.11.
    pub old_vllm: bool,
    /// It refused to count tokens once; from then on they are estimated.
    refuses_counts: AtomicBool,
}

impl Server {
    /// Asks the server what it is, unless `kind` says so. `get` fetches JSON of
    /// a path; what the server does not have is `None`.
    pub fn ask(
        kind: EndpointKind,
        get: &dyn Fn(&str) -> Result<Option<Value>, RemoteError>,
    ) -> Result<Self, RemoteError> {
        let models = get("v1/models")?.unwrap_or_default();
        let first = &models["data"][0];
        let kind = match (kind, first["owned_by"].as_str()) {
            (EndpointKind::Auto, Some("llamacpp")) => EndpointKind::LlamaServer,
            (EndpointKind::Auto, Some("vllm")) => EndpointKind::Vllm,
            (EndpointKind::Auto, Some("sglang")) => EndpointKind::Sglang,
            (EndpointKind::Auto, _) => probe(get)?,
            (kind, _) => kind,
        };
        let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        let window = match kind {
            EndpointKind::LlamaServer => {
                let props = get("props")?.unwrap_or_default();
                number(&props["default_generation_settings"]["n_ctx"])
            }
            _ => number(&first["max_model_len"]),
        };
        let old_vllm = kind == EndpointKind::Vllm && {
            let version = get("version")?.unwrap_or_default();
            is_before_0_11(version["version"].as_str().unwrap_or_default())
        };
        Ok(Self { kind, window, old_vllm, refuses_counts: AtomicBool::new(false) })
    }

    /// Whether it may count tokens.
    pub fn counts(&self) -> bool {
        self.kind != EndpointKind::Openai && !self.refuses_counts.load(Ordering::Relaxed)
    }

    pub fn refused_count(&self) {
        self.refuses_counts.store(true, Ordering::Relaxed);
    }

    /// Whether it can go on from words that the assistant has said already.
    pub fn continues(&self) -> bool {
        self.kind != EndpointKind::Openai
    }
}

/// Recognises a server by what only it has.
fn probe(
    get: &dyn Fn(&str) -> Result<Option<Value>, RemoteError>,
) -> Result<EndpointKind, RemoteError> {
    let has = |path: &str, key: &str| -> Result<bool, RemoteError> {
        Ok(get(path)?.is_some_and(|value| !value[key].is_null()))
    };
    Ok(if has("props", "default_generation_settings")? {
        EndpointKind::LlamaServer
    } else if has("get_model_info", "model_path")? {
        EndpointKind::Sglang
    } else if has("version", "version")? {
        EndpointKind::Vllm
    } else {
        EndpointKind::Openai
    })
}

fn is_before_0_11(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|part| part.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next()), (Some(0), Some(minor)) if minor < 11)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ask(kind: EndpointKind, answers: &[(&str, Value)]) -> Server {
        let get = |path: &str| -> Result<Option<Value>, RemoteError> {
            Ok(answers.iter().find(|(p, _)| *p == path).map(|(_, v)| v.clone()))
        };
        Server::ask(kind, &get).unwrap()
    }

    #[test]
    fn servers_are_told_apart_by_what_they_say_of_themselves() {
        let models = |owner: &str| {
            ("v1/models", json!({ "data": [{ "owned_by": owner, "max_model_len": 4096 }] }))
        };
        let props = ("props", json!({ "default_generation_settings": { "n_ctx": 2048 } }));
        let server = ask(EndpointKind::Auto, &[models("llamacpp"), props.clone()]);
        assert_eq!((server.kind, server.window), (EndpointKind::LlamaServer, Some(2048)));
        let version = ("version", json!({ "version": "0.10.2" }));
        let server = ask(EndpointKind::Auto, &[models("vllm"), version.clone()]);
        assert_eq!((server.kind, server.window), (EndpointKind::Vllm, Some(4096)));
        assert!(server.old_vllm);
        assert_eq!(ask(EndpointKind::Auto, &[models("sglang")]).kind, EndpointKind::Sglang);
        let server = ask(EndpointKind::Auto, &[models("someone")]);
        assert_eq!((server.kind, server.counts()), (EndpointKind::Openai, false));
        // Behind a gateway that hides who owns the models.
        assert_eq!(ask(EndpointKind::Auto, &[props]).kind, EndpointKind::LlamaServer);
        let info = ("get_model_info", json!({ "model_path": "m" }));
        assert_eq!(ask(EndpointKind::Auto, &[info]).kind, EndpointKind::Sglang);
        assert_eq!(ask(EndpointKind::Auto, &[version]).kind, EndpointKind::Vllm);
        assert_eq!(ask(EndpointKind::Vllm, &[]).kind, EndpointKind::Vllm);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(is_before_0_11("0.9.1") && is_before_0_11("0.10.2rc1"));
        assert!(!is_before_0_11("0.11.0") && !is_before_0_11("1.0") && !is_before_0_11(""));
    }
}
