//! Agents: a conversation with a model that may call tools.

pub mod tool;
pub mod tools;

pub use tool::{Passage, Tool, ToolError, ToolOutput, ToolSpec};
