//! Products with quantised weights for a few rows, and unpacking of whole
//! matrices, on the CPU: candle's kernels for one block row, our own division
//! of the work.
//!
//! candle divides such a product among threads that spin at a barrier. With
//! more threads than free cores each of the 210 products of a token then waits
//! for the scheduler: SmolLM2 wrote 0.7 to 1.6 tokens a second on 2 cores with a
//! load of 6. rayon's workers sleep instead. Each output depends on its row
//! alone, so any number of rows gives the same bits.

use candle_core::quantized::k_quants::{
    BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4_1, BlockQ4K, BlockQ5_0, BlockQ5_1, BlockQ5K, BlockQ6K,
    BlockQ8_0, GgmlType,
};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::kernel::{self, Dot};

/// Multiplications below which a task is not worth a thread.
const TASK: usize = 1 << 16;

/// `x Wᵀ` for x of `[rows, in]` and W of `[out, in]`, with x rounded to the 8
/// bits that the weight's kernel asks for. `None` for a format without one.
pub fn product(weight: &QTensor, x: &Tensor) -> Result<Option<Tensor>> {
    let (rows, columns) = x.dims2()?;
    let (out, _) = weight.shape().dims2()?;
    let data = weight.data()?;
    let flat = x.flatten_all()?.to_vec1::<f32>()?;
    let shape = [rows, columns, out];
    let y = match weight.dtype() {
        GgmlDType::Q4_0 => dots(&data, &flat, shape, BlockQ4_0::vec_dot),
        GgmlDType::Q4_1 => dots(&data, &flat, shape, kernel::q4_1()),
        GgmlDType::Q5_0 => dots(&data, &flat, shape, BlockQ5_0::vec_dot),
        GgmlDType::Q5_1 => dots(&data, &flat, shape, BlockQ5_1::vec_dot),
        GgmlDType::Q8_0 => dots(&data, &flat, shape, BlockQ8_0::vec_dot),
        GgmlDType::Q2K => dots(&data, &flat, shape, BlockQ2K::vec_dot),
        GgmlDType::Q3K => dots(&data, &flat, shape, BlockQ3K::vec_dot),
        GgmlDType::Q4K => dots(&data, &flat, shape, BlockQ4K::vec_dot),
        GgmlDType::Q5K => dots(&data, &flat, shape, BlockQ5K::vec_dot),
        GgmlDType::Q6K => dots(&data, &flat, shape, BlockQ6K::vec_dot),
        _ => return Ok(None),
    }?;
    Tensor::from_vec(y, (rows, out), x.device()).map(Some)
}

/// All weights as f32, `[out, in]`.
pub fn unpack(weight: &QTensor) -> Result<Tensor> {
    let data = weight.data()?;
    let run = match weight.dtype() {
        GgmlDType::Q4_0 => floats::<BlockQ4_0>,
        GgmlDType::Q4_1 => floats::<BlockQ4_1>,
        GgmlDType::Q5_0 => floats::<BlockQ5_0>,
        GgmlDType::Q5_1 => floats::<BlockQ5_1>,
        GgmlDType::Q8_0 => floats::<BlockQ8_0>,
        GgmlDType::Q2K => floats::<BlockQ2K>,
        GgmlDType::Q3K => floats::<BlockQ3K>,
        GgmlDType::Q4K => floats::<BlockQ4K>,
        GgmlDType::Q5K => floats::<BlockQ5K>,
        GgmlDType::Q6K => floats::<BlockQ6K>,
        _ => return weight.dequantize(&weight.device()),
    };
    let shape = weight.shape();
    Tensor::from_vec(run(&data, shape.elem_count())?, shape, &weight.device())
}

fn blocks<T: GgmlType>(data: &[u8]) -> Result<&[T]> {
    // SAFETY: the blocks are plain numbers in C layout, for which any bytes are
    // valid; a slice that is not aligned to them is refused below.
    let (before, blocks, after) = unsafe { data.align_to::<T>() };
    if !before.is_empty() || !after.is_empty() {
        candle_core::bail!("quantised weights are not aligned");
    }
    Ok(blocks)
}

fn dots<T: GgmlType + Sync>(
    data: &[u8],
    x: &[f32],
    [rows, columns, out]: [usize; 3],
    dot: Dot<T>,
) -> Result<Vec<f32>>
where
    T::VecDotType: Sync,
{
    let weight = blocks::<T>(data)?;
    let step = columns / T::BLCK_SIZE;
    let x_step = columns / T::VecDotType::BLCK_SIZE;
    if weight.len() != out * step || x_step * T::VecDotType::BLCK_SIZE != columns {
        candle_core::bail!("quantised weights do not have whole blocks in each row");
    }
    let mut rounded = vec![T::VecDotType::zeros(); rows * x_step];
    for (x, rounded) in x.chunks(columns).zip(rounded.chunks_mut(x_step)) {
        T::VecDotType::from_float(x, rounded);
    }
    // One output column of all rows after the other.
    let mut turned = vec![0.0; out * rows];
    let columns_a_task = (TASK / (columns * rows)).max(4);
    turned.par_chunks_mut(columns_a_task * rows).enumerate().for_each(|(task, part)| {
        let first = task * columns_a_task;
        for (at, cells) in part.chunks_mut(rows).enumerate() {
            let weight = &weight[(first + at) * step..][..step];
            for (cell, x) in cells.iter_mut().zip(rounded.chunks(x_step)) {
                *cell = dot(columns, weight, x);
            }
        }
    });
    if rows == 1 {
        return Ok(turned);
    }
    let mut y = vec![0.0; out * rows];
    for (column, cells) in turned.chunks(rows).enumerate() {
        for (row, &cell) in cells.iter().enumerate() {
            y[row * out + column] = cell;
        }
    }
    Ok(y)
}

fn floats<T: GgmlType + Sync>(data: &[u8], count: usize) -> Result<Vec<f32>> {
    let blocks = blocks::<T>(data)?;
    if blocks.len() * T::BLCK_SIZE != count {
        candle_core::bail!("quantised weights do not have whole blocks");
    }
    let mut values = vec![0.0; count];
    let task = TASK / T::BLCK_SIZE;
    values
        .par_chunks_mut(task * T::BLCK_SIZE)
        .zip(blocks.par_chunks(task))
        .for_each(|(values, blocks)| T::to_float(blocks, values));
    Ok(values)
}

#[cfg(test)]
mod tests {
    use candle_core::quantized::QMatMul;
    use candle_core::{Device, Module};

    use super::*;

    #[test]
    fn products_and_unpacking_equal_candles() {
        let wave = |n: usize, rate: f32| (0..n).map(move |i| (i as f32 * rate).sin());
        let (rows, columns, out) = (3, 512, 24);
        let weight: Vec<f32> = wave(out * columns, 0.37).collect();
        let weight = Tensor::from_vec(weight, (out, columns), &Device::Cpu).unwrap();
        let x: Vec<f32> = wave(rows * columns, 0.11).collect();
        let x = Tensor::from_vec(x, (rows, columns), &Device::Cpu).unwrap();
        for kind in [
            GgmlDType::Q4_0,
            GgmlDType::Q4_1,
            GgmlDType::Q5_0,
            GgmlDType::Q5_1,
            GgmlDType::Q8_0,
            GgmlDType::Q2K,
            GgmlDType::Q3K,
            GgmlDType::Q4K,
            GgmlDType::Q5K,
            GgmlDType::Q6K,
        ] {
            let packed = QTensor::quantize(&weight, kind).unwrap();
            let plain = unpack(&packed).unwrap();
            let gap = |a: &Tensor, b: &Tensor| {
                let gap = (a - b).unwrap().abs().unwrap();
                gap.flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap()
            };
            assert_eq!(gap(&plain, &packed.dequantize(&Device::Cpu).unwrap()), 0.0, "{kind:?}");
            let ours = product(&packed, &x).unwrap().unwrap();
            let dense = x.matmul(&plain.t().unwrap()).unwrap();
            // 8-bit rounding of 512 numbers up to 1, times weights up to 1.
            assert!(gap(&ours, &dense) < 0.5, "{kind:?}: {}", gap(&ours, &dense));
            let alone = product(&packed, &x.narrow(0, 1, 1).unwrap()).unwrap().unwrap();
            assert_eq!(gap(&alone, &ours.narrow(0, 1, 1).unwrap()), 0.0, "{kind:?}");
            let candles = QMatMul::from_qtensor(packed).unwrap().forward(&x).unwrap();
            assert!(gap(&ours, &candles) < 0.5, "{kind:?}: {}", gap(&ours, &candles));
        }
    }
}
