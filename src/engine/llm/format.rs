//! The formats that a tensor of a GGUF file may have, and whether its numbers
//! are numbers.

use candle_core::quantized::GgmlDType;

/// Names by ggml's number; those that were dropped from it, or that have never
/// been in a file, are empty.
const NAMES: [&str; 43] = [
    "F32", "F16", "Q4_0", "Q4_1", "Q4_2", "Q4_3", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K",
    "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S",
    "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16", "", "", "", "TQ1_0",
    "TQ2_0", "", "", "", "MXFP4", "NVFP4", "Q1_0", "Q2_0",
];

/// The format of a number in a file; `None` where it is not supported.
pub(super) fn from_number(number: u32) -> Option<GgmlDType> {
    Some(match number {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        30 => GgmlDType::BF16,
        _ => return None,
    })
}

/// What people call a format, or its number.
pub(super) fn name(number: u32) -> String {
    match NAMES.get(number as usize) {
        Some(&name) if !name.is_empty() => name.to_owned(),
        _ => format!("number {number}"),
    }
}

/// The first block of a tensor that holds a scale which is infinite or not a
/// number; for unquantised formats the first such element.
///
/// The scales are all that can be wrong with the numbers of a quantised tensor:
/// every integer is one.
pub(super) fn first_bad_block(kind: GgmlDType, bytes: &[u8]) -> Option<usize> {
    match kind {
        GgmlDType::F32 => bad_f32(bytes),
        GgmlDType::F16 => bad_half::<0x7c00>(bytes),
        GgmlDType::BF16 => bad_half::<0x7f80>(bytes),
        GgmlDType::Q4_0 => bad_scale::<18, 0, 1>(bytes),
        GgmlDType::Q4_1 => bad_scale::<20, 0, 2>(bytes),
        GgmlDType::Q5_0 => bad_scale::<22, 0, 1>(bytes),
        GgmlDType::Q5_1 => bad_scale::<24, 0, 2>(bytes),
        GgmlDType::Q8_0 => bad_scale::<34, 0, 1>(bytes),
        GgmlDType::Q8_1 => bad_scale::<36, 0, 2>(bytes),
        GgmlDType::Q2K => bad_scale::<84, 80, 2>(bytes),
        GgmlDType::Q3K => bad_scale::<110, 108, 1>(bytes),
        GgmlDType::Q4K => bad_scale::<144, 0, 2>(bytes),
        GgmlDType::Q5K => bad_scale::<176, 0, 2>(bytes),
        GgmlDType::Q6K => bad_scale::<210, 208, 1>(bytes),
        // Scales of 32 bits; never in a file.
        GgmlDType::Q8K => None,
    }
}

/// `SCALES` f16 numbers stand at byte `AT` of each block of `BLOCK` bytes.
fn bad_scale<const BLOCK: usize, const AT: usize, const SCALES: usize>(
    bytes: &[u8],
) -> Option<usize> {
    bytes.chunks_exact(BLOCK).position(|block| {
        (0..SCALES).any(|i| {
            let half = u16::from_le_bytes([block[AT + 2 * i], block[AT + 2 * i + 1]]);
            half & 0x7c00 == 0x7c00
        })
    })
}

/// Elements of 16 bits with all bits of `EXPONENT` set. Whole stretches are
/// looked at without a branch first, which the compiler turns into vectors.
fn bad_half<const EXPONENT: u16>(bytes: &[u8]) -> Option<usize> {
    const STRETCH: usize = 4096;
    let bad = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]) & EXPONENT == EXPONENT;
    let stretch = bytes
        .chunks(STRETCH)
        .position(|stretch| stretch.chunks_exact(2).fold(false, |any, pair| any | bad(pair)))?;
    let at = bytes[stretch * STRETCH..].chunks_exact(2).position(bad)?;
    Some(stretch * STRETCH / 2 + at)
}

fn bad_f32(bytes: &[u8]) -> Option<usize> {
    const STRETCH: usize = 4096;
    let bad = |word: &[u8]| {
        u32::from_le_bytes([word[0], word[1], word[2], word[3]]) & 0x7f80_0000 == 0x7f80_0000
    };
    let stretch = bytes
        .chunks(STRETCH)
        .position(|stretch| stretch.chunks_exact(4).fold(false, |any, word| any | bad(word)))?;
    let at = bytes[stretch * STRETCH..].chunks_exact(4).position(bad)?;
    Some(stretch * STRETCH / 4 + at)
}

#[cfg(test)]
mod tests {
    use candle_core::quantized::QTensor;
    use candle_core::{Device, Tensor};

    use super::*;

    /// Every supported format, with the place of each scale in its block found
    /// by writing infinity there and unpacking with candle.
    #[test]
    fn an_infinite_scale_is_found_wherever_candle_reads_one() {
        for number in 0..64 {
            let Some(kind) = from_number(number) else { continue };
            let values: Vec<f32> = (0..1024).map(|i| (i as f32 * 0.37).sin()).collect();
            let tensor = Tensor::from_vec(values, (2, 512), &Device::Cpu).unwrap();
            let packed = QTensor::quantize(&tensor, kind).unwrap();
            let good = packed.data().unwrap().into_owned();
            assert_eq!(first_bad_block(kind, &good), None, "{kind:?}");
            let block = 1024 / kind.block_size() - 1;
            let start = block * kind.type_size();
            let mut found = 0;
            for at in (start..start + kind.type_size()).step_by(2) {
                let mut bad = good.clone();
                bad[at..at + 2].copy_from_slice(&0x7c00u16.to_le_bytes());
                if kind == GgmlDType::BF16 {
                    bad[at..at + 2].copy_from_slice(&0x7f80u16.to_le_bytes());
                }
                if kind == GgmlDType::F32 {
                    bad[at & !3..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
                }
                let storage = candle_core::quantized::QStorage::from_data(
                    std::borrow::Cow::Borrowed(&bad),
                    &Device::Cpu,
                    kind,
                )
                .unwrap();
                let unpacked = QTensor::new(storage, (2, 512)).unwrap().dequantize(&Device::Cpu);
                let unpacked = unpacked.unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
                let finite = unpacked.iter().all(|value| value.is_finite());
                let expected = if finite { None } else { Some(block) };
                assert_eq!(first_bad_block(kind, &bad), expected, "{kind:?} at {at}");
                found += usize::from(!finite);
            }
            assert!(found > 0, "{kind:?}");
        }
    }

    #[test]
    fn formats_are_known_by_name() {
        assert_eq!(name(16), "IQ2_XXS");
        assert_eq!(name(39), "MXFP4");
        assert_eq!(name(31), "number 31");
        assert_eq!(name(u32::MAX), "number 4294967295");
    }
}
