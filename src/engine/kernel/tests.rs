//! The kernels against sums in f64, and against each other.

use half::{bf16, f16};
use proptest::prelude::*;

use super::multiply::{Path, multiply_by};
use super::*;

/// A weight of random bits with scales of ordinary size, and its values.
struct Weight {
    format: Format,
    outputs: usize,
    inputs: usize,
    bytes: Vec<u8>,
}

/// A small generator: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// From -1 to 1.
    fn unit(&mut self) -> f32 {
        self.bits() as f32 / (1u64 << 31) as f32 - 1.0
    }

    fn half(&mut self) -> [u8; 2] {
        f16::from_f32(self.unit() * 0.1).to_le_bytes()
    }
}

impl Weight {
    fn random(format: Format, outputs: usize, inputs: usize, random: &mut Random) -> Self {
        let size = format.block_bytes();
        let mut bytes = vec![0; outputs * inputs / format.block_len() * size];
        for block in bytes.chunks_exact_mut(size) {
            block.fill_with(|| random.bits() as u8);
            match format {
                Format::F32 => block.copy_from_slice(&random.unit().to_le_bytes()),
                Format::F16 => block.copy_from_slice(&f16::from_f32(random.unit()).to_le_bytes()),
                Format::BF16 => block.copy_from_slice(&bf16::from_f32(random.unit()).to_le_bytes()),
                Format::Q6K => block[208..].copy_from_slice(&random.half()),
                Format::Q4_0 | Format::Q5_0 | Format::Q8_0 => {
                    block[..2].copy_from_slice(&random.half());
                }
                _ => {
                    block[..2].copy_from_slice(&random.half());
                    block[2..4].copy_from_slice(&random.half());
                }
            }
        }
        Self { format, outputs, inputs, bytes }
    }

    /// The values as the format defines them, each as factor times quant and an
    /// addend: written apart from the code under test.
    fn parts(&self) -> Vec<(f64, f64)> {
        let half = |b: &[u8]| f64::from(f16::from_le_bytes([b[0], b[1]]).to_f32());
        let mut all = Vec::with_capacity(self.outputs * self.inputs);
        for b in self.bytes.chunks_exact(self.format.block_bytes()) {
            let nibble = |at: usize, k: usize| u32::from(b[at + k % 16] >> (k / 16 * 4) & 15);
            let fifth = |at: usize, k: usize| u32::from(b[at + k / 8] >> (k % 8) & 1) << 4;
            // A K format's step and offset of six bits.
            let six = |j: usize| {
                let s = &b[4..16];
                if j < 4 {
                    (s[j] & 63, s[j + 4] & 63)
                } else {
                    (s[j + 4] & 15 | s[j - 4] >> 6 << 4, s[j + 4] >> 4 | s[j] >> 6 << 4)
                }
            };
            match self.format {
                Format::F32 => {
                    all.push((f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])), 0.0));
                }
                Format::F16 => all.push((half(b), 0.0)),
                Format::BF16 => {
                    all.push((f64::from(bf16::from_le_bytes([b[0], b[1]]).to_f32()), 0.0))
                }
                Format::Q4_0 => {
                    all.extend((0..32).map(|k| (half(b) * (f64::from(nibble(2, k)) - 8.0), 0.0)))
                }
                Format::Q4_1 => {
                    all.extend((0..32).map(|k| (half(b) * f64::from(nibble(4, k)), half(&b[2..]))))
                }
                Format::Q5_0 => all.extend(
                    (0..32)
                        .map(|k| (half(b) * (f64::from(nibble(6, k) | fifth(2, k)) - 16.0), 0.0)),
                ),
                Format::Q5_1 => all.extend(
                    (0..32)
                        .map(|k| (half(b) * f64::from(nibble(8, k) | fifth(4, k)), half(&b[2..]))),
                ),
                Format::Q8_0 => {
                    all.extend((0..32).map(|k| (half(b) * f64::from(b[2 + k].cast_signed()), 0.0)))
                }
                Format::Q4K | Format::Q5K => all.extend((0..256).map(|k| {
                    let (step, offset) = six(k / 32);
                    let quants = if self.format == Format::Q4K { 16 } else { 48 };
                    let mut q = b[quants + k / 64 * 32 + k % 32] >> (k / 32 % 2 * 4) & 15;
                    if self.format == Format::Q5K {
                        q |= (b[16 + k % 32] >> (k / 32) & 1) << 4;
                    }
                    (half(b) * f64::from(step) * f64::from(q), -half(&b[2..]) * f64::from(offset))
                })),
                Format::Q6K => all.extend((0..256).map(|k| {
                    let (h, j) = (k / 128, k % 128);
                    let low = b[h * 64 + j % 64] >> (j / 64 * 4) & 15;
                    let high = b[128 + h * 32 + j % 32] >> (j / 32 * 2) & 3;
                    let step = f64::from(b[192 + k / 16].cast_signed());
                    (half(&b[208..]) * step * (f64::from(low | high << 4) - 32.0), 0.0)
                })),
            }
        }
        all
    }

    fn pack(&self, level: Level, team: &Team) -> Matrix {
        Matrix::pack(level, self.format, &self.bytes, self.outputs, self.inputs, team).unwrap()
    }
}

/// Each activation with what rounding may have changed it by, and as rounded.
fn round(format: Format, x: &[f32], inputs: usize) -> Vec<(f64, f64)> {
    let block = match format.block_len() {
        1 => return x.iter().map(|&v| (0.0, f64::from(v))).collect(),
        block => block,
    };
    let mut all = Vec::new();
    for row in x.chunks(inputs) {
        for values in row.chunks(block) {
            let most = values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            let scale = most / 127.0;
            all.extend(values.iter().map(|v| {
                let q = if most > 0.0 { (v * (127.0 / most)).round_ties_even() } else { 0.0 };
                (f64::from(scale) * 0.5001, f64::from(q) * f64::from(scale))
            }));
        }
    }
    all
}

fn product(path: Option<Path>, team: &Team, matrix: &Matrix, x: &[f32]) -> Vec<f32> {
    let rows = x.len() / matrix.inputs();
    let mut activations = Rows::new();
    activations.set(x, rows, matrix.inputs());
    let mut y = vec![f32::NAN; rows * matrix.outputs()];
    multiply_by(path, team, &mut activations, &mut [(matrix, &mut y)]);
    y
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// Checks a product's values, and that each row has the same bits in any company
/// and on any path.
fn check(weight: &Weight, rows: usize, random: &mut Random) {
    let (inputs, outputs, format) = (weight.inputs, weight.outputs, weight.format);
    let parts = weight.parts();
    // Some values are large, so that their neighbours are rounded coarsely.
    let x: Vec<f32> = (0..rows * inputs)
        .map(|_| random.unit() * if random.bits().is_multiple_of(32) { 20.0 } else { 1.0 })
        .collect();
    let rounded = round(format, &x, inputs);
    let team = Team::new(2);
    for level in Level::available() {
        let matrix = weight.pack(level, &team);
        let together = product(None, &team, &matrix, &x);
        for r in 0..rows {
            for o in 0..outputs {
                let (mut exact, mut as_rounded, mut bound, mut magnitude) = (0.0, 0.0, 0.0, 0.0);
                for k in 0..inputs {
                    let (factor, addend) = parts[o * inputs + k];
                    let (error, value) = rounded[r * inputs + k];
                    exact += (factor + addend) * f64::from(x[r * inputs + k]);
                    as_rounded += (factor + addend) * value;
                    bound += (factor + addend).abs() * error;
                    magnitude += (factor.abs() + addend.abs()) * value.abs();
                }
                let y = f64::from(together[r * outputs + o]);
                // Four roundings for each block of 32, one part in 2^24 each. That
                // sums of many do not all err the same way is left as reserve.
                let tight = (inputs / 8 + 8) as f64 * 2f64.powi(-24) * magnitude;
                let what = format!("{level:?} {format:?} {rows}x{inputs}x{outputs} at {r} {o}");
                assert!((y - as_rounded).abs() <= tight, "{what}: {y} {as_rounded} +- {tight}");
                assert!((y - exact).abs() <= bound + tight, "{what}: {y} {exact} +- {bound}");
            }
        }
        let together = bits(&together);
        for path in Path::all(&matrix).into_iter().map(Some) {
            assert_eq!(bits(&product(path, &team, &matrix, &x)), together, "{level:?} {path:?}");
            for (r, x) in x.chunks(inputs).enumerate() {
                let alone = bits(&product(path, &team, &matrix, x));
                assert_eq!(alone, together[r * outputs..][..outputs], "{level:?} {path:?} row {r}");
            }
        }
        let some = rows.div_ceil(2);
        let first = bits(&product(None, &team, &matrix, &x[..some * inputs]));
        assert_eq!(first, together[..some * outputs], "{level:?} first {some}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 4 } else { 24 }))]

    #[test]
    fn products_are_near_and_rows_independent(
        rows in 1usize..40,
        outputs in 1usize..70,
        blocks in 1usize..=64,
        seed: u64,
    ) {
        let mut random = Random(seed);
        for format in Format::ALL {
            let block = format.block_len();
            let inputs = if block == 1 { blocks * 3 } else { (blocks * 32).next_multiple_of(block) };
            check(&Weight::random(format, outputs, inputs, &mut random), rows, &mut random);
        }
    }
}

#[test]
fn products_of_the_models_sizes() {
    let mut random = Random(5);
    for inputs in [576, 896, 1536, 2048] {
        for format in Format::ALL {
            if inputs % format.block_len() == 0 {
                check(&Weight::random(format, 33, inputs, &mut random), 19, &mut random);
            }
        }
    }
}

/// The largest quants, steps and activations, of one sign: sums must not overflow.
#[test]
fn extreme_values_are_exact() {
    let team = Team::new(1);
    for format in Format::ALL.into_iter().filter(|f| f.block_len() > 1) {
        let inputs = 512;
        for byte in [0x00, 0x7f, 0x80, 0xff] {
            let mut weight = Weight { format, outputs: 16, inputs, bytes: Vec::new() };
            let mut block = vec![byte; format.block_bytes()];
            let one = f16::ONE.to_le_bytes();
            match format {
                Format::Q6K => block[208..].copy_from_slice(&one),
                Format::Q4_0 | Format::Q5_0 | Format::Q8_0 => block[..2].copy_from_slice(&one),
                _ => block[..4].copy_from_slice(&[one, one].concat()),
            }
            weight.bytes = block.repeat(16 * inputs / format.block_len());
            let parts = weight.parts();
            for sign in [1.0, -1.0] {
                let x = vec![sign * 127.0; 7 * inputs];
                let exact: f64 =
                    parts[..inputs].iter().map(|(f, a)| (f + a) * f64::from(sign) * 127.0).sum();
                let check = |older| {
                    for level in Level::available() {
                        let matrix = weight.pack(level, &team);
                        for path in Path::all(&matrix).into_iter().map(Some) {
                            for y in product(path, &team, &matrix, &x) {
                                let near = (f64::from(y) - exact).abs() <= exact.abs() * 1e-6;
                                let what = format!("{level:?} {older} {format:?} {path:?} {byte}");
                                assert!(near, "{what}: {y} {exact}");
                            }
                        }
                    }
                };
                check(false);
                on_an_older_processor(|| check(true));
            }
        }
    }
}

#[test]
fn what_is_not_finite_shows_in_its_row_alone() {
    let mut random = Random(7);
    let team = Team::new(2);
    for format in Format::ALL {
        let inputs = 512;
        let weight = Weight::random(format, 20, inputs, &mut random);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut x: Vec<f32> = (0..11 * inputs).map(|_| random.unit()).collect();
            x[4 * inputs + 300] = bad;
            for level in Level::available() {
                let matrix = weight.pack(level, &team);
                for path in Path::all(&matrix).into_iter().map(Some) {
                    let y = product(path, &team, &matrix, &x);
                    for (r, row) in y.chunks(20).enumerate() {
                        assert!(
                            row.iter().all(|v| v.is_finite() == (r != 4)),
                            "{level:?} {format:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn scales_that_are_not_finite_show_in_their_output_alone() {
    let mut random = Random(8);
    let team = Team::new(2);
    for format in Format::ALL {
        let inputs = 512;
        let mut weight = Weight::random(format, 20, inputs, &mut random);
        let size = format.block_bytes();
        let row = inputs / format.block_len() * size;
        match format {
            Format::F32 => weight.bytes[3 * row..][..4].copy_from_slice(&f32::NAN.to_le_bytes()),
            Format::BF16 => weight.bytes[3 * row..][..2].copy_from_slice(&bf16::NAN.to_le_bytes()),
            _ => {
                let at = 3 * row + if format == Format::Q6K { 208 } else { 0 };
                weight.bytes[at..][..2].copy_from_slice(&f16::NAN.to_le_bytes());
            }
        }
        let x: Vec<f32> = (0..11 * inputs).map(|_| random.unit()).collect();
        for level in Level::available() {
            let matrix = weight.pack(level, &team);
            for path in Path::all(&matrix).into_iter().map(Some) {
                let y = product(path, &team, &matrix, &x);
                for row in y.chunks(20) {
                    let right = row.iter().enumerate().all(|(o, v)| v.is_finite() == (o != 3));
                    assert!(right, "{level:?} {format:?} {path:?}: {row:?}");
                }
            }
        }
    }
}

/// Without AVX-VNNI sums are kept in 16 bits for a while.
fn on_an_older_processor(f: impl FnOnce()) {
    #[cfg(target_arch = "x86_64")]
    {
        use super::columns::avx2::WITHOUT_VNNI;
        use std::sync::atomic::Ordering::Relaxed;

        // Tests that run beside this one see the switch, and the same bits.
        WITHOUT_VNNI.store(true, Relaxed);
        f();
        WITHOUT_VNNI.store(false, Relaxed);
    }
    #[cfg(not(target_arch = "x86_64"))]
    f();
}

#[test]
fn an_older_processor_gives_the_same_bits() {
    let mut random = Random(10);
    let team = Team::new(1);
    let (inputs, rows) = (768, 11);
    for format in Format::ALL {
        let weight = Weight::random(format, 40, inputs, &mut random);
        let x: Vec<f32> = (0..rows * inputs).map(|_| random.unit()).collect();
        for level in Level::available() {
            let matrix = weight.pack(level, &team);
            for path in Path::all(&matrix).into_iter().map(Some) {
                let with = bits(&product(path, &team, &matrix, &x));
                on_an_older_processor(|| {
                    let without = bits(&product(path, &team, &matrix, &x));
                    assert_eq!(with, without, "{level:?} {format:?} {path:?}");
                });
            }
        }
    }
}

#[test]
fn bits_do_not_depend_on_the_threads_or_on_other_weights() {
    let mut random = Random(9);
    let formats = [Format::Q5_0, Format::Q8_0, Format::Q4K, Format::F16, Format::Q6K];
    let (inputs, rows) = (768, 100);
    let x: Vec<f32> = (0..rows * inputs).map(|_| random.unit()).collect();
    let weights: Vec<Weight> =
        formats.iter().map(|&f| Weight::random(f, 72, inputs, &mut random)).collect();
    for level in Level::available() {
        for rows in [1, 5, 9, rows] {
            let x = &x[..rows * inputs];
            let mut all = Vec::new();
            for threads in [1, 2, 5] {
                let team = Team::new(threads);
                let matrices: Vec<Matrix> = weights.iter().map(|w| w.pack(level, &team)).collect();
                let mut ys = vec![vec![0.0; rows * 72]; formats.len()];
                let mut products: Vec<(&Matrix, &mut [f32])> =
                    matrices.iter().zip(&mut ys).map(|(m, y)| (m, y.as_mut_slice())).collect();
                let mut activations = Rows::new();
                activations.set(x, rows, inputs);
                multiply(&team, &mut activations, &mut products);
                for (matrix, y) in matrices.iter().zip(&ys) {
                    assert_eq!(bits(y), bits(&product(Some(Path::Few), &team, matrix, x)));
                }
                all.push(ys);
            }
            assert!(all.iter().all(|ys| *ys == all[0]), "{level:?}");
        }
    }
}

#[test]
fn rows_of_a_weight_read_back() {
    let mut random = Random(11);
    let team = Team::new(2);
    for format in Format::ALL {
        for inputs in [256, 1280, 288, 352] {
            if inputs % format.block_len() != 0 {
                continue;
            }
            let weight = Weight::random(format, 19, inputs, &mut random);
            let parts = weight.parts();
            let matrix = weight.pack(Level::best(), &team);
            assert_eq!(matrix.bytes(), Matrix::packed_bytes(format, 19, inputs));
            for (o, parts) in parts.chunks(inputs).enumerate() {
                let mut row = vec![f32::NAN; inputs];
                matrix.row(o, &mut row);
                for (value, (factor, addend)) in row.iter().zip(parts) {
                    let near = 1e-6 * (factor.abs() + addend.abs());
                    assert!((f64::from(*value) - (factor + addend)).abs() <= near, "{format:?}");
                }
            }
        }
    }
}

#[test]
fn packed_weights_are_hardly_larger_than_the_file() {
    for (format, most) in [
        (Format::Q4_0, 4.5),
        (Format::Q4_1, 5.0),
        (Format::Q5_0, 5.5),
        (Format::Q5_1, 6.0),
        (Format::Q8_0, 8.5),
        (Format::Q4K, 4.63),
        (Format::Q5K, 5.63),
        (Format::Q6K, 6.63),
        (Format::F16, 16.0),
    ] {
        let bits = Matrix::packed_bytes(format, 1536, 1536) as f64 * 8.0 / (1536.0 * 1536.0);
        assert!(bits <= most, "{format:?} takes {bits} bits");
    }
}

#[test]
fn quantised_weights_are_near() {
    let mut random = Random(13);
    let team = Team::new(2);
    let weights: Vec<f32> = (0..40 * 384).map(|_| random.unit()).collect();
    let matrix = Matrix::quantise(Level::best(), &weights, 40, 384, &team).unwrap();
    for (o, weights) in weights.chunks(384).enumerate() {
        let mut row = vec![0.0; 384];
        matrix.row(o, &mut row);
        for (value, weight) in row.iter().zip(weights) {
            // Half a step, and what the scale loses in f16.
            assert!((value - weight).abs() <= 0.5 / 127.0 + 1.0 / 1024.0);
        }
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let team = Team::new(1);
    let pack = |format, bytes: &[u8], outputs, inputs| {
        Matrix::pack(Level::Portable, format, bytes, outputs, inputs, &team).map(|m| m.bytes())
    };
    let blocks = Err(ShapeError::Blocks { format: Format::Q4K, inputs: 288 });
    assert_eq!(pack(Format::Q4K, &[0; 288], 2, 288), blocks);
    let length = ShapeError::Length { outputs: 2, inputs: 32, needed: 36, given: 35 };
    assert_eq!(pack(Format::Q4_0, &[0; 35], 2, 32), Err(length));
    let large = usize::MAX / 32 * 32;
    assert_eq!(
        pack(Format::Q8_0, &[], large, large),
        Err(ShapeError::Size { outputs: large, inputs: large })
    );
    let absent = [Level::Avx2, Level::Avx512, Level::Neon].into_iter().find(|l| !l.is_available());
    if let Some(level) = absent {
        let refused = Matrix::pack(level, Format::Q8_0, &[0; 34], 1, 32, &team).map(|m| m.bytes());
        assert_eq!(refused, Err(ShapeError::Level(level)));
    }
}

#[test]
fn nothing_times_nothing() {
    let team = Team::new(2);
    let mut random = Random(15);
    let matrix = Weight::random(Format::Q8_0, 16, 64, &mut random).pack(Level::best(), &team);
    let mut x = Rows::new();
    x.set(&[], 0, 64);
    multiply(&team, &mut x, &mut [(&matrix, &mut [])]);
    x.set(&[1.0; 64], 1, 64);
    multiply(&team, &mut x, &mut []);
    let empty = Matrix::pack(Level::best(), Format::Q8_0, &[], 0, 64, &team).unwrap();
    multiply(&team, &mut x, &mut [(&empty, &mut [])]);
}
