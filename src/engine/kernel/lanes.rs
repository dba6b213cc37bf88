//! Sixteen f32 numbers at once, the same way on every kind of processor.
//!
//! A kernel is written once, generic over [`Lanes`], and compiled for each
//! [`Level`](super::Level) by [`dispatch!`]. The functions are unsafe because an
//! implementation may only run where its instructions exist.

#![allow(clippy::missing_safety_doc)]

use half::f16;

/// Numbers of one [`Lanes`].
pub const LANES: usize = 16;

/// Sixteen f32 numbers.
///
/// # Safety
/// Callers make sure that the processor has the implementation's instructions,
/// and that pointers cover sixteen elements.
pub unsafe trait Lanes: Copy {
    /// Accumulators of queries by vectors that fit the registers.
    const QUERIES: usize;

    unsafe fn splat(x: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn load_f16(from: *const f16) -> Self;
    unsafe fn load_i8(from: *const i8) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn store_f16(self, to: *mut f16);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// The larger one, `other` where either is not a number.
    unsafe fn max(self, other: Self) -> Self;
    /// The smaller one, `other` where either is not a number.
    unsafe fn min(self, other: Self) -> Self;
    /// `self * by + add`, rounded once.
    unsafe fn fma(self, by: Self, add: Self) -> Self;
    /// Rounded to the nearest whole number.
    unsafe fn round(self) -> Self;
    /// `self * 2^power` for whole powers of at least -126.
    unsafe fn scale(self, power: Self) -> Self;

    #[inline(always)]
    unsafe fn to_array(self) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        unsafe { self.store(lanes.as_mut_ptr()) };
        lanes
    }

    /// The sum, in an order that does not depend on the implementation.
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let mut lanes = unsafe { self.to_array() };
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                lanes[i] += lanes[i + half];
            }
        }
        lanes[0]
    }

    #[inline(always)]
    unsafe fn most(self) -> f32 {
        let mut lanes = unsafe { self.to_array() };
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                lanes[i] = lanes[i].max(lanes[i + half]);
            }
        }
        lanes[0]
    }

    /// `2^self`, within 2e-7 of it relatively, for powers cut to -126..127: the
    /// Taylor series of `2^f` around the nearest whole power.
    #[inline(always)]
    unsafe fn exp2(self) -> Self {
        unsafe {
            let x = Self::splat(127.0).min(Self::splat(-126.0).max(self));
            let whole = x.round();
            let rest = x.sub(whole);
            let mut sum = Self::splat(1.540_353e-4);
            for term in
                [1.333_355_8e-3, 9.618_129e-3, 5.550_411e-2, 2.402_265e-1, std::f32::consts::LN_2]
            {
                sum = sum.fma(rest, Self::splat(term));
            }
            sum.fma(rest, Self::splat(1.0)).scale(whole)
        }
    }
}

/// Plain Rust; the compiler makes what vectors it can of it.
#[derive(Clone, Copy)]
pub struct Portable([f32; LANES]);

impl Portable {
    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

// SAFETY: needs no instructions of its own.
unsafe impl Lanes for Portable {
    const QUERIES: usize = 2;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Self([x; LANES])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(unsafe { from.cast::<[f32; LANES]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn load_f16(from: *const f16) -> Self {
        let halves = unsafe { from.cast::<[f16; LANES]>().read_unaligned() };
        Self(halves.map(f16::to_f32_const))
    }
    #[inline(always)]
    unsafe fn load_i8(from: *const i8) -> Self {
        let bytes = unsafe { from.cast::<[i8; LANES]>().read_unaligned() };
        Self(bytes.map(f32::from))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn store_f16(self, to: *mut f16) {
        unsafe { to.cast::<[f16; LANES]>().write_unaligned(self.0.map(f16::from_f32_const)) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        self.with(other, |a, b| a / b)
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        self.with(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        self.with(other, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    unsafe fn fma(self, by: Self, add: Self) -> Self {
        // Rounded twice: a fused one is a library call where the instruction
        // is not known to exist.
        Self(std::array::from_fn(|i| self.0[i] * by.0[i] + add.0[i]))
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        // Adding and taking away 1.5 * 2^23 rounds to even.
        const SHIFT: f32 = 12_582_912.0;
        Self(self.0.map(|x| (x + SHIFT) - SHIFT))
    }
    #[inline(always)]
    unsafe fn scale(self, power: Self) -> Self {
        self.with(power, |x, p| x * f32::from_bits(((p as i32 + 127) as u32) << 23))
    }
}

#[cfg(target_arch = "x86_64")]
pub mod x86 {
    //! The x86-64 forms.

    use std::arch::x86_64::*;

    use super::{LANES, Lanes, f16};

    /// One 512-bit register; AVX-512F.
    #[derive(Clone, Copy)]
    pub struct Avx512(__m512);

    // SAFETY: AVX-512F has all of these.
    unsafe impl Lanes for Avx512 {
        const QUERIES: usize = 6;

        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            Self(unsafe { _mm512_set1_ps(x) })
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            Self(unsafe { _mm512_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn load_f16(from: *const f16) -> Self {
            Self(unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) })
        }
        #[inline(always)]
        unsafe fn load_i8(from: *const i8) -> Self {
            Self(unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(from.cast()))) })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm512_storeu_ps(to, self.0) }
        }
        #[inline(always)]
        unsafe fn store_f16(self, to: *mut f16) {
            unsafe {
                let halves = _mm512_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(self.0);
                _mm256_storeu_si256(to.cast(), halves);
            }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            Self(unsafe { _mm512_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            Self(unsafe { _mm512_sub_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            Self(unsafe { _mm512_mul_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn div(self, other: Self) -> Self {
            Self(unsafe { _mm512_div_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            Self(unsafe { _mm512_max_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            Self(unsafe { _mm512_min_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn fma(self, by: Self, add: Self) -> Self {
            Self(unsafe { _mm512_fmadd_ps(self.0, by.0, add.0) })
        }
        #[inline(always)]
        unsafe fn round(self) -> Self {
            Self(unsafe { _mm512_roundscale_ps::<0>(self.0) })
        }
        #[inline(always)]
        unsafe fn scale(self, power: Self) -> Self {
            Self(unsafe { _mm512_scalef_ps(self.0, power.0) })
        }
    }

    /// Two 256-bit registers; AVX2, FMA and F16C.
    #[derive(Clone, Copy)]
    pub struct Avx2(__m256, __m256);

    const HALF: usize = LANES / 2;

    // SAFETY: AVX2, FMA and F16C have all of these.
    unsafe impl Lanes for Avx2 {
        const QUERIES: usize = 1;

        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            unsafe { Self(_mm256_set1_ps(x), _mm256_set1_ps(x)) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { Self(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(HALF))) }
        }
        #[inline(always)]
        unsafe fn load_f16(from: *const f16) -> Self {
            unsafe {
                let part = |at: usize| _mm256_cvtph_ps(_mm_loadu_si128(from.add(at).cast()));
                Self(part(0), part(HALF))
            }
        }
        #[inline(always)]
        unsafe fn load_i8(from: *const i8) -> Self {
            unsafe {
                let part = |at: usize| {
                    let bytes = _mm_loadl_epi64(from.add(at).cast());
                    _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes))
                };
                Self(part(0), part(HALF))
            }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe {
                _mm256_storeu_ps(to, self.0);
                _mm256_storeu_ps(to.add(HALF), self.1);
            }
        }
        #[inline(always)]
        unsafe fn store_f16(self, to: *mut f16) {
            unsafe {
                let part = |x| _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(x);
                _mm_storeu_si128(to.cast(), part(self.0));
                _mm_storeu_si128(to.add(HALF).cast(), part(self.1));
            }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { Self(_mm256_add_ps(self.0, other.0), _mm256_add_ps(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            unsafe { Self(_mm256_sub_ps(self.0, other.0), _mm256_sub_ps(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            unsafe { Self(_mm256_mul_ps(self.0, other.0), _mm256_mul_ps(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn div(self, other: Self) -> Self {
            unsafe { Self(_mm256_div_ps(self.0, other.0), _mm256_div_ps(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            unsafe { Self(_mm256_max_ps(self.0, other.0), _mm256_max_ps(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            unsafe { Self(_mm256_min_ps(self.0, other.0), _mm256_min_ps(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn fma(self, by: Self, add: Self) -> Self {
            unsafe {
                Self(_mm256_fmadd_ps(self.0, by.0, add.0), _mm256_fmadd_ps(self.1, by.1, add.1))
            }
        }
        #[inline(always)]
        unsafe fn round(self) -> Self {
            unsafe {
                let part =
                    |x| _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
                Self(part(self.0), part(self.1))
            }
        }
        #[inline(always)]
        unsafe fn scale(self, power: Self) -> Self {
            unsafe {
                let part = |x, p| {
                    let power = _mm256_add_epi32(_mm256_cvtps_epi32(p), _mm256_set1_epi32(127));
                    _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(power)))
                };
                Self(part(self.0, power.0), part(self.1, power.1))
            }
        }
    }
}

/// Defines a function that runs a generic body at a level:
/// `dispatch!(pub fn name = body(a: A, b: B) -> C)` calls `body::<L>(a, b)`,
/// compiled with the level's instructions.
macro_rules! dispatch {
    ($(#[$meta:meta])* $vis:vis fn $name:ident = $body:ident($($arg:ident: $ty:ty),* $(,)?)) => {
        $(#[$meta])*
        $vis fn $name(level: $crate::engine::kernel::Level, $($arg: $ty),*) {
            // SAFETY: a level exists only where its instructions do.
            $crate::engine::kernel::lanes::dispatch!(at level, $body($($arg: $ty),*))
        }
    };
    ($(#[$meta:meta])* $vis:vis unsafe fn $name:ident = $body:ident($($arg:ident: $ty:ty),* $(,)?)) => {
        $(#[$meta])*
        $vis unsafe fn $name(level: $crate::engine::kernel::Level, $($arg: $ty),*) {
            // SAFETY: a level exists only where its instructions do; the rest
            // is the caller's promise.
            $crate::engine::kernel::lanes::dispatch!(at level, $body($($arg: $ty),*))
        }
    };
    (at $level:ident, $body:ident($($arg:ident: $ty:ty),*)) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        unsafe fn avx512($($arg: $ty),*) {
            unsafe { $body::<$crate::engine::kernel::lanes::x86::Avx512>($($arg),*) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,f16c")]
        unsafe fn avx2($($arg: $ty),*) {
            unsafe { $body::<$crate::engine::kernel::lanes::x86::Avx2>($($arg),*) }
        }
        match $level {
            #[cfg(target_arch = "x86_64")]
            $crate::engine::kernel::Level::Avx512 => unsafe { avx512($($arg),*) },
            #[cfg(target_arch = "x86_64")]
            $crate::engine::kernel::Level::Avx2 => unsafe { avx2($($arg),*) },
            _ => unsafe { $body::<$crate::engine::kernel::lanes::Portable>($($arg),*) },
        }
    }};
}
pub(crate) use dispatch;
