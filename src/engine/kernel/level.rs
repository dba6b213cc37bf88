//! What the processor can do.

/// A set of instructions that the kernels are compiled for. A kernel of one level
/// gives the same bits on every machine; levels differ by their rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Whatever the compiler makes of plain loops.
    Portable,
    /// AVX2 with FMA and F16C; dot products by AVX-VNNI where there.
    Avx2,
    /// AVX-512 F, BW, VL and VNNI; many rows by AMX where there.
    Avx512,
    /// ARMv8.2's dot products.
    Neon,
}

impl Level {
    /// The fastest one here.
    pub fn best() -> Self {
        let fastest = [Self::Avx512, Self::Avx2, Self::Neon];
        fastest.into_iter().find(|level| level.is_available()).unwrap_or(Self::Portable)
    }

    /// All that run here.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Portable, Self::Avx2, Self::Avx512, Self::Neon]
            .into_iter()
            .filter(|level| level.is_available())
    }

    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        use std::arch::is_x86_feature_detected as has;
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => has!("avx2") && has!("fma") && has!("f16c"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512vnni")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("dotprod"),
            _ => false,
        }
    }
}
