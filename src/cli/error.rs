//! The edge where errors become words: what happened, why, what to do next.

use crate::config::Color;

pub fn report(_error: &anyhow::Error, _color: Option<Color>) {
    todo!()
}
