//! Reads a GGUF file: metadata by key, tensors by name, all checked before
//! anything is allocated for them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{Content, TensorInfo, Value};
use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};

use super::header;
use crate::engine::EngineError;

/// An opened model file whose header and tensor ranges have been checked.
pub struct Gguf {
    path: PathBuf,
    file: File,
    content: Content,
}

impl Gguf {
    /// Opens a file; [`EngineError::Damaged`] says what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let io = |source| EngineError::Io { path: path.to_owned(), source };
        let damaged = |reason| EngineError::Damaged { path: path.to_owned(), reason };
        let mut file = File::open(path).map_err(io)?;
        let meta = file.metadata().map_err(io)?;
        if !meta.is_file() {
            return Err(damaged("it is not a file".into()));
        }
        header::check(BufReader::new(&file), meta.len()).map_err(damaged)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        let content = Content::read(&mut BufReader::new(&file))
            .map_err(|e| damaged(format!("its header cannot be read: {e}")))?;
        let gguf = Self { path: path.to_owned(), file, content };
        gguf.check_tensors(meta.len())?;
        Ok(gguf)
    }

    pub fn damaged(&self, reason: impl Into<String>) -> EngineError {
        EngineError::Damaged { path: self.path.clone(), reason: reason.into() }
    }

    fn check_tensors(&self, size: u64) -> Result<(), EngineError> {
        let mut sum = 0u64;
        for (name, info) in &self.content.tensor_infos {
            let bytes = bytes(info)
                .ok_or_else(|| self.damaged(format!("the tensor {name} has no valid shape")))?;
            let end = self.content.tensor_data_offset.checked_add(info.offset);
            if end.and_then(|start| start.checked_add(bytes)).is_none_or(|end| end > size) {
                return Err(self.damaged(format!(
                    "the tensor {name} lies beyond the end of the file, which seems cut short"
                )));
            }
            sum = sum.saturating_add(bytes);
        }
        if sum > size {
            return Err(self.damaged("its tensors overlap"));
        }
        Ok(())
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        match self.content.metadata.get(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.content.metadata.get(key)? {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        match self.content.metadata.get(key)? {
            Value::U8(v) => Some(u64::from(*v)),
            Value::U16(v) => Some(u64::from(*v)),
            Value::U32(v) => Some(u64::from(*v)),
            Value::U64(v) => Some(*v),
            Value::I8(v) => u64::try_from(*v).ok(),
            Value::I16(v) => u64::try_from(*v).ok(),
            Value::I32(v) => u64::try_from(*v).ok(),
            Value::I64(v) => u64::try_from(*v).ok(),
            _ => None,
        }
    }

    pub fn real(&self, key: &str) -> Option<f64> {
        match self.content.metadata.get(key)? {
            Value::F32(v) => Some(f64::from(*v)),
            Value::F64(v) => Some(*v),
            _ => None,
        }
    }

    /// The strings of an array; other elements are left out.
    pub fn texts(&self, key: &str) -> Option<impl ExactSizeIterator<Item = &str>> {
        match self.content.metadata.get(key)? {
            Value::Array(values) => Some(values.iter().map(|value| match value {
                Value::String(text) => text.as_str(),
                _ => "",
            })),
            _ => None,
        }
    }

    pub fn numbers(&self, key: &str) -> Option<Vec<i64>> {
        match self.content.metadata.get(key)? {
            Value::Array(values) => Some(
                values
                    .iter()
                    .map(|value| match value {
                        Value::I32(v) => i64::from(*v),
                        Value::U32(v) => i64::from(*v),
                        Value::U8(v) => i64::from(*v),
                        Value::I8(v) => i64::from(*v),
                        _ => 0,
                    })
                    .collect(),
            ),
            _ => None,
        }
    }

    /// A count that must be there and lie within `1..=most`.
    pub fn count(&self, key: &str, most: usize) -> Result<usize, EngineError> {
        match self.number(key).map(usize::try_from) {
            Some(Ok(n)) if (1..=most).contains(&n) => Ok(n),
            Some(_) => Err(self.damaged(format!("`{key}` is not between 1 and {most}"))),
            None => Err(self.damaged(format!("`{key}` is missing"))),
        }
    }

    pub fn has(&self, tensor: &str) -> bool {
        self.content.tensor_infos.contains_key(tensor)
    }

    pub fn shape(&self, tensor: &str) -> Option<&[usize]> {
        self.content.tensor_infos.get(tensor).map(|info| info.shape.dims())
    }

    /// Shapes and types of all tensors, in no order.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize], GgmlDType)> {
        let infos = self.content.tensor_infos.iter();
        infos.map(|(name, info)| (name.as_str(), info.shape.dims(), info.ggml_dtype))
    }

    /// Reads a matrix of `[rows, columns]`.
    pub fn matrix(
        &self,
        name: &str,
        shape: [usize; 2],
        device: &Device,
    ) -> Result<QTensor, EngineError> {
        let info = self.info(name, &shape)?;
        self.read(name, info.ggml_dtype, info.offset, shape, device)
    }

    /// Reads a stack of matrices `[count, rows, columns]`, each on its own.
    pub fn matrices(
        &self,
        name: &str,
        [count, rows, columns]: [usize; 3],
        device: &Device,
    ) -> Result<Vec<QTensor>, EngineError> {
        let info = self.info(name, &[count, rows, columns])?;
        let step = bytes(info).unwrap_or_default() / count as u64;
        (0..count as u64)
            .map(|i| {
                let offset = info.offset + i * step;
                self.read(name, info.ggml_dtype, offset, [rows, columns], device)
            })
            .collect()
    }

    /// Reads a vector as f32.
    pub fn vector(
        &self,
        name: &str,
        length: usize,
        device: &Device,
    ) -> Result<Tensor, EngineError> {
        let info = self.info(name, &[length])?;
        let tensor = self.read(name, info.ggml_dtype, info.offset, [1, length], device)?;
        Ok(tensor.dequantize(device)?.flatten_all()?)
    }

    fn info(&self, name: &str, shape: &[usize]) -> Result<&TensorInfo, EngineError> {
        let info = self.content.tensor_infos.get(name);
        let info = info.ok_or_else(|| self.damaged(format!("the tensor {name} is missing")))?;
        if info.shape.dims() != shape {
            return Err(self.damaged(format!(
                "the tensor {name} has the shape {:?}, {shape:?} was expected",
                info.shape.dims()
            )));
        }
        Ok(info)
    }

    fn read(
        &self,
        name: &str,
        kind: GgmlDType,
        offset: u64,
        shape: [usize; 2],
        device: &Device,
    ) -> Result<QTensor, EngineError> {
        let blocks = shape[0] * (shape[1] / kind.block_size());
        if !shape[1].is_multiple_of(kind.block_size()) {
            return Err(self.damaged(format!(
                "a row of the tensor {name} has {} elements, not whole blocks of {kind:?}",
                shape[1]
            )));
        }
        let mut data = vec![0; blocks * kind.type_size()];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.content.tensor_data_offset + offset))
            .and_then(|_| file.read_exact(&mut data))
            .map_err(|source| EngineError::Io { path: self.path.clone(), source })?;
        let storage = QStorage::from_data(Cow::Owned(data), device, kind)?;
        Ok(QTensor::new(storage, (shape[0], shape[1]))?)
    }

    /// Hash (blake3, hexadecimal) of the whole file.
    pub fn digest(&self) -> Result<String, EngineError> {
        let io = |source| EngineError::Io { path: self.path.clone(), source };
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut hasher = blake3::Hasher::new();
        let mut block = vec![0; 1 << 20];
        loop {
            match file.read(&mut block).map_err(io)? {
                0 => return Ok(hasher.finalize().to_hex().to_string()),
                n => hasher.update(&block[..n]),
            };
        }
    }
}

/// Bytes of a tensor in the file, if its shape makes sense.
fn bytes(info: &TensorInfo) -> Option<u64> {
    let mut elements = 1u64;
    for &n in info.shape.dims() {
        elements = elements.checked_mul(u64::try_from(n).ok()?).filter(|&n| n > 0)?;
    }
    let block = info.ggml_dtype.block_size() as u64;
    elements
        .is_multiple_of(block)
        .then(|| (elements / block).checked_mul(info.ggml_dtype.type_size() as u64))?
}
