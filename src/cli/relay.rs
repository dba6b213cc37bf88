//! `forewarn relay`: the process through which a review reaches its endpoint;
//! reviews start it themselves.

use super::{Exit, Outcome};

#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: Args) -> Outcome {
    #[cfg(feature = "endpoint")]
    crate::engine::remote::relay::run(std::io::stdin(), std::io::stdout())?;
    Ok(Exit::Success)
}
