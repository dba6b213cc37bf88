//! forewarn predicts the bugs in a change before it is pushed, wholly on the
//! developer's own machine.
//!
//! ```text
//! change ─▶ filter ─▶ draft ─▶ verify ×N ─▶ gather ─▶ package ─▶ report
//!                                                        └─▶ learn (memories)
//! ```
//!
//! [`review::review`] calls the stages in this order. Imports point downward
//! only: cli, hook ▸ eval ▸ report ▸ review ▸ agent ▸ impact, history, risk, rule ▸
//! index, docs, sentry ▸ engine, store, lang ▸ change, finding, config, asset, calibration.

pub mod agent;
pub mod asset;
pub mod calibration;
pub mod change;
pub mod cli;
pub mod config;
pub mod docs;
pub mod engine;
pub mod eval;
pub mod finding;
pub mod history;
pub mod hook;
pub mod impact;
pub mod index;
pub mod lang;
pub mod plain;
pub mod report;
pub mod review;
pub mod risk;
pub mod rule;
pub mod sandbox;
pub mod sentry;
pub mod store;
