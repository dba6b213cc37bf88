//! Tests of engine.

#[path = "engine/batch.rs"]
mod batch;
#[path = "engine/corpus.rs"]
mod corpus;
#[path = "engine/damaged.rs"]
mod damaged;
#[path = "engine/decode.rs"]
mod decode;
#[path = "engine/logits.rs"]
mod logits;
#[path = "engine/mutate.rs"]
mod mutate;
#[path = "engine/reference.rs"]
mod reference;
#[path = "engine/tiny.rs"]
mod tiny;
#[path = "engine/tokenise.rs"]
mod tokenise;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use forewarn::engine::llm::{LoadOptions, LocalLlm, load};
use forewarn::engine::{Completion, Grammar, Llm, Message, Request, Sampling};

/// The default model's file.
fn llm_path() -> PathBuf {
    crate::common::model::installed("smollm2-135m").weights().to_owned()
}

/// The real model, loaded once for all tests.
fn smollm() -> Arc<LocalLlm> {
    static MODEL: LazyLock<Arc<LocalLlm>> = LazyLock::new(|| {
        let options =
            LoadOptions { name: "smollm2-135m".into(), context: 2048, ..Default::default() };
        Arc::new(load(&llm_path(), &options).unwrap())
    });
    Arc::clone(&MODEL)
}

fn request<'a>(messages: &'a [Message], grammar: Option<&'a Grammar>) -> Request<'a> {
    Request {
        messages,
        prefix: "",
        grammar,
        sampling: Sampling::default(),
        max_tokens: 64,
        deadline: None,
    }
}

fn complete(llm: &LocalLlm, request: &Request<'_>) -> Completion {
    llm.complete(request, &mut |_| ControlFlow::Continue(())).unwrap()
}
