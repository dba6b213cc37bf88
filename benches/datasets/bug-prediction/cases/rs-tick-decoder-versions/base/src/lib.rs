//! Decodes the ticks that exchange gateways send as UDP datagrams.

pub mod decode;
pub mod listen;
