pub mod index;
pub mod segment;
