//! NEON with ARMv8.2's dot products: four registers for the sixteen outputs.

use std::arch::aarch64::*;
use std::arch::asm;

use super::{Columns, Kernel};

/// # Safety
/// The processor has the features below; the kernel's demands hold.
#[target_feature(enable = "neon,dotprod")]
pub unsafe fn enter<K: Kernel>(kernel: K) {
    // SAFETY: the caller's promise.
    unsafe { kernel.run::<Neon>() }
}

#[derive(Clone, Copy)]
pub struct Neon;

type Ints = [int32x4_t; 4];
type Floats = [float32x4_t; 4];

/// Applies a function to the four registers.
macro_rules! each {
    (|$i:ident| $body:expr) => {
        [
            {
                let $i = 0;
                $body
            },
            {
                let $i = 1;
                $body
            },
            {
                let $i = 2;
                $body
            },
            {
                let $i = 3;
                $body
            },
        ]
    };
}

/// `sum` plus four products in each lane: the intrinsic is not stable yet.
#[inline(always)]
unsafe fn sdot(mut sum: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the processor has the instruction, by the contract of the module.
    unsafe {
        asm!(
            ".arch_extension dotprod",
            "sdot {sum:v}.4s, {a:v}.16b, {b:v}.16b",
            sum = inout(vreg) sum,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}

// SAFETY (all blocks below): see the head of the module above.
impl Columns for Neon {
    type Quants = [uint8x16_t; 4];
    type Four = int8x16_t;
    type Sum = Ints;
    type Ints = Ints;
    type Floats = Floats;
    type Steps = Ints;

    const ROWS: usize = 2;
    const PANEL_ROWS: usize = 4;
    const PANEL_TILES: usize = 1;
    const BYTE_ZERO: i32 = 0;

    #[inline(always)]
    fn span(_: usize) -> usize {
        8
    }

    #[inline(always)]
    unsafe fn prefetch(line: *const u8) {
        unsafe {
            asm!("prfm pldl1keep, [{}]", in(reg) line, options(nostack, preserves_flags, readonly))
        }
    }

    #[inline(always)]
    unsafe fn load(from: *const u8) -> [uint8x16_t; 4] {
        unsafe { each!(|i| vld1q_u8(from.add(16 * i))) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut u8, quants: [uint8x16_t; 4]) {
        unsafe {
            for (i, quants) in quants.into_iter().enumerate() {
                vst1q_u8(to.add(16 * i), quants);
            }
        }
    }

    #[inline(always)]
    unsafe fn low(packed: [uint8x16_t; 4]) -> [uint8x16_t; 4] {
        unsafe { each!(|i| vandq_u8(packed[i], vdupq_n_u8(15))) }
    }

    #[inline(always)]
    unsafe fn high(packed: [uint8x16_t; 4]) -> [uint8x16_t; 4] {
        unsafe { each!(|i| vshrq_n_u8::<4>(packed[i])) }
    }

    #[inline(always)]
    unsafe fn over(
        low: [uint8x16_t; 4],
        packed: [uint8x16_t; 4],
        left: i32,
        mask: u8,
    ) -> [uint8x16_t; 4] {
        unsafe {
            let (left, mask) = (vdupq_n_s8(left as i8), vdupq_n_u8(mask));
            each!(|i| vorrq_u8(low[i], vandq_u8(vshlq_u8(packed[i], left), mask)))
        }
    }

    #[inline(always)]
    unsafe fn bytes(packed: [uint8x16_t; 4]) -> [uint8x16_t; 4] {
        packed
    }

    #[inline(always)]
    unsafe fn four(from: *const i8) -> int8x16_t {
        unsafe { vreinterpretq_s8_s32(vdupq_n_s32(from.cast::<i32>().read_unaligned())) }
    }

    #[inline(always)]
    unsafe fn ints() -> Ints {
        unsafe { [vdupq_n_s32(0); 4] }
    }

    #[inline(always)]
    unsafe fn int(value: i32, times: i32) -> Ints {
        unsafe { [vdupq_n_s32(value * times); 4] }
    }

    #[inline(always)]
    unsafe fn begin(total: Ints) -> Ints {
        total
    }

    #[inline(always)]
    unsafe fn dot(sum: Ints, quants: [uint8x16_t; 4], four: int8x16_t, _: usize) -> Ints {
        // Unsigned quants have at most six bits, so all are right as signed.
        unsafe { each!(|i| sdot(sum[i], vreinterpretq_s8_u8(quants[i]), four)) }
    }

    #[inline(always)]
    unsafe fn end(_: Ints, sum: Ints) -> Ints {
        sum
    }

    #[inline(always)]
    unsafe fn end_scaled(total: Ints, sum: Ints, steps: Ints) -> Ints {
        unsafe { each!(|i| vmlaq_s32(total[i], sum[i], steps[i])) }
    }

    #[inline(always)]
    unsafe fn unsigned_pairs(from: *const u8) -> Ints {
        unsafe { each!(|i| vreinterpretq_s32_u16(vmovl_u8(vld1_u8(from.add(8 * i))))) }
    }

    #[inline(always)]
    unsafe fn signed_pairs(from: *const u8) -> Ints {
        unsafe { each!(|i| vreinterpretq_s32_s16(vmovl_s8(vld1_s8(from.add(8 * i).cast())))) }
    }

    #[inline(always)]
    unsafe fn steps(pairs: Ints) -> (Ints, Ints) {
        unsafe {
            let first = each!(|i| vshrq_n_s32::<16>(vshlq_n_s32::<16>(pairs[i])));
            (first, each!(|i| vshrq_n_s32::<16>(pairs[i])))
        }
    }

    #[inline(always)]
    unsafe fn add_pairs(total: Ints, pairs: Ints, by: *const i16) -> Ints {
        unsafe {
            let (first, second) = Self::steps(pairs);
            let (a, b) = (i32::from(by.read()), i32::from(by.add(1).read()));
            each!(|i| vmlaq_n_s32(vmlaq_n_s32(total[i], first[i], a), second[i], b))
        }
    }

    #[inline(always)]
    unsafe fn less_32(a: Ints, b: Ints) -> Ints {
        unsafe { each!(|i| vmlsq_n_s32(a[i], b[i], 32)) }
    }

    #[inline(always)]
    unsafe fn zero() -> Floats {
        unsafe { [vdupq_n_f32(0.0); 4] }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Floats {
        unsafe { [vdupq_n_f32(value); 4] }
    }

    #[inline(always)]
    unsafe fn floats(from: *const f32) -> Floats {
        unsafe { each!(|i| vld1q_f32(from.add(4 * i))) }
    }

    #[inline(always)]
    unsafe fn halves(from: *const u8) -> Floats {
        /// Four numbers of f16; the intrinsic is not stable yet.
        #[inline(always)]
        unsafe fn widen(halves: uint16x4_t) -> float32x4_t {
            let wide: float32x4_t;
            // SAFETY: all processors of this architecture have the instruction.
            unsafe {
                asm!(
                    "fcvtl {wide:v}.4s, {halves:v}.4h",
                    wide = lateout(vreg) wide,
                    halves = in(vreg) halves,
                    options(pure, nomem, nostack, preserves_flags),
                );
            }
            wide
        }
        unsafe { each!(|i| widen(vld1_u16(from.add(8 * i).cast()))) }
    }

    #[inline(always)]
    unsafe fn brains(from: *const u8) -> Floats {
        unsafe {
            each!(|i| {
                let wide = vshll_n_u16::<16>(vld1_u16(from.add(8 * i).cast()));
                vreinterpretq_f32_u32(wide)
            })
        }
    }

    #[inline(always)]
    unsafe fn write(to: *mut f32, floats: Floats) {
        unsafe {
            for (i, floats) in floats.into_iter().enumerate() {
                vst1q_f32(to.add(4 * i), floats);
            }
        }
    }

    #[inline(always)]
    unsafe fn convert(ints: Ints) -> Floats {
        unsafe { each!(|i| vcvtq_f32_s32(ints[i])) }
    }

    #[inline(always)]
    unsafe fn add(a: Floats, b: Floats) -> Floats {
        unsafe { each!(|i| vaddq_f32(a[i], b[i])) }
    }

    #[inline(always)]
    unsafe fn mul(a: Floats, b: Floats) -> Floats {
        unsafe { each!(|i| vmulq_f32(a[i], b[i])) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Floats, b: Floats, c: Floats) -> Floats {
        unsafe { each!(|i| vfmaq_f32(c[i], a[i], b[i])) }
    }

    #[inline(always)]
    unsafe fn mul_sub(a: Floats, b: Floats, c: Floats) -> Floats {
        unsafe { each!(|i| vfmsq_f32(c[i], a[i], b[i])) }
    }
}
