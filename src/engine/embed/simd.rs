//! The processor's vector instructions, picked at run time.

/// Which instructions the embedder's loops are compiled for. Bits may differ
/// between levels, never within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A loop that the compiler vectorises for whatever level runs it.
pub trait Lanes {
    /// Must be `#[inline(always)]`, else it is compiled for the lowest level.
    /// `FUSED`: the level multiplies and adds in one instruction.
    fn run<const FUSED: bool>(self);
}

impl Level {
    /// The best of this machine.
    pub fn best() -> Self {
        Self::available().last().copied().unwrap_or(Self::Portable)
    }

    /// What this machine has, the best last.
    pub fn available() -> &'static [Self] {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return match is_x86_feature_detected!("avx512f") {
                true => &[Self::Portable, Self::Avx2, Self::Avx512],
                false => &[Self::Portable, Self::Avx2],
            };
        }
        &[Self::Portable]
    }

    #[inline]
    pub fn run(self, lanes: impl Lanes) {
        match self {
            // Every aarch64 has fused multiply-add; plain x86-64 would call a function.
            Self::Portable => lanes.run::<{ cfg!(target_arch = "aarch64") }>(),
            // SAFETY: a level is only made where the machine has it.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2(lanes) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { avx512(lanes) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(lanes: impl Lanes) {
    lanes.run::<true>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn avx512(lanes: impl Lanes) {
    lanes.run::<true>();
}

/// `a * b + c`.
#[inline(always)]
pub fn fused<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}
