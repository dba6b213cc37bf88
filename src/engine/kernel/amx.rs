//! Many rows by AMX: 16 rows by 16 outputs in one instruction.
//!
//! The integer sums are those of the AVX-512 kernels and the operations on floats
//! are the same, so the results have the same bits. A K format's quants are
//! multiplied by their steps beforehand, which takes up to 13 bits, and split into
//! `128 * high + low`: two exact products over the whole chunk cost less than
//! taking every sub-block's sum out of the tile registers.
//!
//! While the unit works on one block of rows, the sums of the block before are
//! scaled from memory.

use std::arch::asm;
use std::arch::x86_64::*;
use std::sync::OnceLock;

use super::columns::Columns;
use super::columns::avx512::Avx512;
use super::quantised::{Packed, Scheme, Source};
use super::rows::{Coarse, Fine};
use super::tile::{COLUMNS, SUB, SUBS};

/// Rows of a block.
pub const ROWS: usize = 16;

/// Whether the processor has the instructions and the system lets us use them. The
/// first call asks the system, for the whole process.
pub fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        if __cpuid(0).eax < 7 {
            return false;
        }
        // AMX-TILE and AMX-INT8.
        let both = 0b11 << 24;
        __cpuid_count(7, 0).edx & both == both && is_permitted()
    })
}

#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const TILE_DATA: libc::c_long = 18;
    // SAFETY: the call changes nothing but what the process may use.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

/// The shapes of the eight tile registers: 0 to 3 hold sums, 4 and 5 activations
/// of 16 rows, 6 and 7 weights of 16 outputs.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl Shapes {
    /// For products over so many inputs.
    const fn new(inputs: usize) -> Self {
        let mut row_bytes = [0; 16];
        let mut rows = [0; 16];
        let mut i = 0;
        while i < 8 {
            row_bytes[i] = if i == 4 || i == 5 { inputs as u16 } else { 64 };
            rows[i] = if i >= 6 { inputs as u8 / 4 } else { ROWS as u8 };
            i += 1;
        }
        Self { palette: 1, start: 0, reserved: [0; 14], row_bytes, rows }
    }
}

/// A tile's chunk in the form that the unit takes.
#[repr(C, align(64))]
pub struct Operand {
    /// K formats: for each 64 inputs the low parts, then the high parts, of the
    /// quants times their steps. Others: the quants less their zero, in half of it.
    quants: [[u8; 1024]; 8],
    scales: [[f32; COLUMNS]; SUBS],
    mins: [[f32; COLUMNS]; SUBS],
    offsets: [[i32; COLUMNS]; SUBS / 2],
}

/// Sums of a block of rows, as they come from the unit.
#[repr(C, align(64))]
pub struct Sums([[i32; COLUMNS]; ROWS * SUBS]);

/// Sums of products of a row so far, for two tiles.
pub type Row = [[f32; COLUMNS]; 2];

/// Tile registers set up for a format until dropped.
pub struct Session(());

impl Session {
    /// # Safety
    /// Only where [`is_available`].
    pub unsafe fn new<F: Scheme>() -> Self {
        const { assert!(size_of::<Shapes>() == 64) };
        static FINE: Shapes = Shapes::new(SUB);
        static COARSE: Shapes = Shapes::new(64);
        let shapes = if F::LAYOUT.steps > 0 { &raw const COARSE } else { &raw const FINE };
        // SAFETY: the shapes are valid, and the caller's promise.
        unsafe { asm!("ldtilecfg [{}]", in(reg) shapes, options(nostack, readonly)) };
        Self(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: a session exists only where the unit does.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

// SAFETY (all functions below): only inside `columns::enter` at AVX-512, with a
// session of the format open.

impl Operand {
    /// Unpacks a chunk into what `to` points to.
    ///
    /// # Safety
    /// See above; `to` may be written, aligned.
    #[inline(always)]
    pub unsafe fn fill<F: Scheme>(to: *mut Self, from: Packed<F>, subs: usize) {
        unsafe {
            let quants = (&raw mut (*to).quants).cast::<u8>();
            let coarse = F::LAYOUT.steps > 0;
            for sub in 0..subs {
                macro_rules! groups {
                    ($($g:literal)*) => {$(
                        let group: __m512i = Source::<Avx512>::quants::<$g>(from, sub);
                        if coarse {
                            let step = F::LAYOUT.steps / SUBS * sub
                                + if F::LAYOUT.steps == 16 { $g / 4 } else { 0 };
                            let at = quants.add(sub / 2 * 2048 + (sub % 2 * 8 + $g) * 64);
                            scaled::<F>(group, twice(from, step), at);
                        } else {
                            let zero = if F::BITS == 8 { Avx512::BYTE_ZERO } else { F::ZERO };
                            let group = _mm512_sub_epi8(group, _mm512_set1_epi8(zero as i8));
                            _mm512_store_si512(quants.add((sub * 8 + $g) * 64).cast(), group);
                        }
                    )*};
                }
                groups!(0 1 2 3 4 5 6 7);
            }
            for block in 0..if coarse { 1 } else { subs } {
                let scale: __m512 = Source::<Avx512>::scale(from, block);
                _mm512_store_ps((&raw mut (*to).scales[block]).cast(), scale);
                if F::LAYOUT.mins {
                    let min: __m512 = Source::<Avx512>::min(from, block);
                    _mm512_store_ps((&raw mut (*to).mins[block]).cast(), min);
                }
            }
            if F::LAYOUT.offsets > 0 {
                for pair in 0..SUBS / 2 {
                    let pairs: __m512i = Source::<Avx512>::pairs(from, pair);
                    _mm512_store_si512((&raw mut (*to).offsets[pair]).cast(), pairs);
                }
            }
        }
    }
}

/// A step of each output, twice in 16 bits.
#[inline(always)]
unsafe fn twice<F: Scheme>(from: Packed<F>, step: usize) -> __m512i {
    unsafe {
        let (first, second): (__m512i, __m512i) = Source::<Avx512>::steps(from, step / 2);
        let step = if step.is_multiple_of(2) { first } else { second };
        let low = _mm512_and_si512(step, _mm512_set1_epi32(0xffff));
        _mm512_or_si512(low, _mm512_slli_epi32::<16>(step))
    }
}

/// Writes the low and the high parts of a group times its steps.
#[inline(always)]
unsafe fn scaled<F: Scheme>(group: __m512i, steps: __m512i, to: *mut u8) {
    unsafe {
        let byte = _mm512_set1_epi16(0xff);
        let mut even = _mm512_mullo_epi16(_mm512_and_si512(group, byte), steps);
        let mut odd = _mm512_mullo_epi16(_mm512_srli_epi16::<8>(group), steps);
        if F::BITS == 6 {
            let zero = _mm512_slli_epi16::<5>(steps);
            even = _mm512_sub_epi16(even, zero);
            odd = _mm512_sub_epi16(odd, zero);
        }
        let seven = _mm512_set1_epi16(0x7f);
        let low = _mm512_slli_epi16::<8>(_mm512_and_si512(odd, seven));
        let low = _mm512_or_si512(low, _mm512_and_si512(even, seven));
        let high = _mm512_slli_epi16::<8>(_mm512_srai_epi16::<7>(odd));
        // high | (even >> 7 & byte)
        let high = _mm512_ternarylogic_epi32::<0xf8>(high, _mm512_srai_epi16::<7>(even), byte);
        _mm512_store_si512(to.cast(), low);
        _mm512_store_si512(to.add(1024).cast(), high);
    }
}

/// Adds a chunk of some tiles to the sums of all rows.
///
/// # Safety
/// See above. `x` points to the rows' chunks and as many more, readable, as fill
/// up the last block of rows; `operands` and `tiles` say where the tiles are;
/// `scratch` may be written, for two.
#[inline(always)]
pub unsafe fn add<F: Scheme>(
    operands: *const Operand,
    tiles: usize,
    x: *const F::Rounded,
    subs: usize,
    sums: &mut [Row],
    scratch: *mut Sums,
) {
    unsafe {
        // Of the block before: its first row and its tile.
        let mut before = None;
        let mut turn = 0;
        for row in (0..sums.len()).step_by(ROWS) {
            for tile in 0..tiles {
                start::<F>(operands.add(tile), x.add(row), subs, scratch.add(turn));
                if let Some((row, tile)) = before {
                    finish::<F>(operands, tile, x, row, subs, sums, scratch.add(1 - turn));
                }
                before = Some((row, tile));
                turn = 1 - turn;
            }
        }
        if let Some((row, tile)) = before {
            finish::<F>(operands, tile, x, row, subs, sums, scratch.add(1 - turn));
        }
    }
}

/// Computes the integer sums of a block of rows.
#[inline(always)]
unsafe fn start<F: Scheme>(
    operand: *const Operand,
    x: *const F::Rounded,
    subs: usize,
    to: *mut Sums,
) {
    unsafe {
        if F::LAYOUT.steps > 0 {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "tileloadd tmm4, [{x} + {size}]",
                "tileloadd tmm6, [{w} + {line}]",
                "tileloadd tmm7, [{w} + {line} + 1024]",
                "tdpbssd tmm0, tmm4, tmm6",
                "tdpbssd tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{x} + {size} + 64]",
                "tileloadd tmm6, [{w} + {line} + 2048]",
                "tileloadd tmm7, [{w} + {line} + 3072]",
                "tdpbssd tmm0, tmm5, tmm6",
                "tdpbssd tmm1, tmm5, tmm7",
                "tileloadd tmm4, [{x} + {size} + 128]",
                "tileloadd tmm6, [{w} + {line} + 4096]",
                "tileloadd tmm7, [{w} + {line} + 5120]",
                "tdpbssd tmm0, tmm4, tmm6",
                "tdpbssd tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{x} + {size} + 192]",
                "tileloadd tmm6, [{w} + {line} + 6144]",
                "tileloadd tmm7, [{w} + {line} + 7168]",
                "tdpbssd tmm0, tmm5, tmm6",
                "tdpbssd tmm1, tmm5, tmm7",
                "tilestored [{to} + {line}], tmm0",
                "tilestored [{to} + {line} + 1024], tmm1",
                x = in(reg) x,
                size = in(reg) size_of::<Coarse>(),
                w = in(reg) operand,
                line = in(reg) 64usize,
                to = in(reg) to,
                options(nostack),
            );
            return;
        }
        for sub in 0..subs {
            asm!(
                "tilezero tmm0",
                "tileloadd tmm4, [{x} + {size}]",
                "tileloadd tmm6, [{w} + {line}]",
                "tdpbssd tmm0, tmm4, tmm6",
                "tilestored [{to} + {line}], tmm0",
                x = in(reg) x.cast::<u8>().add(sub * SUB),
                size = in(reg) size_of::<Fine>(),
                w = in(reg) operand.cast::<u8>().add(sub * SUB * COLUMNS),
                line = in(reg) 64usize,
                to = in(reg) to.cast::<u8>().add(sub * 1024),
                options(nostack),
            );
        }
    }
}

/// Scales the integer sums of a block of rows and adds them to the rows' sums.
#[inline(always)]
unsafe fn finish<F: Scheme>(
    operands: *const Operand,
    tile: usize,
    x: *const F::Rounded,
    first: usize,
    subs: usize,
    sums: &mut [Row],
    from: *const Sums,
) {
    unsafe {
        let operand = operands.add(tile);
        macro_rules! ints {
            ($at:expr) => {
                _mm512_load_si512(from.cast::<u8>().add($at * 64).cast())
            };
        }
        macro_rules! floats {
            ($of:ident, $block:expr) => {
                _mm512_load_ps((&raw const (*operand).$of[$block]).cast())
            };
        }
        let rows = ROWS.min(sums.len() - first);
        if F::LAYOUT.steps > 0 {
            let (scale, min) = (floats!(scales, 0), floats!(mins, 0));
            let mut offsets = [_mm512_setzero_si512(); SUBS / 2];
            for (pair, offset) in offsets.iter_mut().enumerate() {
                *offset = _mm512_load_si512((&raw const (*operand).offsets[pair]).cast());
            }
            for r in 0..rows {
                let x = &*x.add(first + r).cast::<Coarse>();
                let to = sums[first + r][tile].as_mut_ptr();
                let total = _mm512_add_epi32(ints!(r), _mm512_slli_epi32::<7>(ints!(ROWS + r)));
                let mut sum = _mm512_mul_ps(_mm512_cvtepi32_ps(total), scale);
                if F::LAYOUT.mins {
                    let mut offset = _mm512_setzero_si512();
                    for (pair, pairs) in offsets.iter().enumerate() {
                        let by = x.sums32.as_ptr().add(2 * pair);
                        offset = Avx512::add_pairs(offset, *pairs, by);
                    }
                    sum = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(offset), min, sum);
                }
                let sum = _mm512_fmadd_ps(sum, _mm512_set1_ps(x.scale), _mm512_load_ps(to));
                _mm512_store_ps(to, sum);
            }
            return;
        }
        for r in 0..rows {
            let x = &*x.add(first + r).cast::<Fine>();
            let to = sums[first + r][tile].as_mut_ptr();
            let mut sum = _mm512_load_ps(to);
            for sub in 0..subs {
                let total = _mm512_cvtepi32_ps(ints!(sub * ROWS + r));
                let scale = _mm512_mul_ps(floats!(scales, sub), _mm512_set1_ps(x.scale[sub]));
                sum = _mm512_fmadd_ps(total, scale, sum);
                if F::LAYOUT.mins {
                    let by = _mm512_set1_ps(x.sum[sub]);
                    sum = _mm512_fmadd_ps(floats!(mins, sub), by, sum);
                }
            }
            _mm512_store_ps(to, sum);
        }
    }
}
