pub mod camera;
pub mod pool;
