//! A GGUF file: metadata by key, and views of its tensors by name.
//!
//! The file is mapped into memory. Weights that are repacked are read from the
//! map once and released; what is not repacked stays on disk until it is
//! touched.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};

use super::format;
use super::header::{self, Array, Fault, Header, TensorInfo, Value};
use super::map::{Mapped, View};
use crate::engine::EngineError;

/// An opened model file whose header and tensor ranges have been checked.
pub struct Gguf {
    path: PathBuf,
    map: Arc<Mapped>,
    header: Header,
}

impl Gguf {
    /// Opens a file; [`EngineError::Damaged`] says what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let io = |source| EngineError::Io { path: path.to_owned(), source };
        let damaged = |reason| EngineError::Damaged { path: path.to_owned(), reason };
        // Opening a pipe would wait for a writer.
        if !std::fs::metadata(path).map_err(io)?.is_file() {
            return Err(damaged("it is not a file".into()));
        }
        let map = Mapped::new(File::open(path).map_err(io)?).map_err(io)?;
        let header = header::read(&map).map_err(|fault| match fault {
            Fault::Damaged(reason) => damaged(reason),
            Fault::Format { tensor, format } => EngineError::Format { tensor, format },
        })?;
        Ok(Self { path: path.to_owned(), map: Arc::new(map), header })
    }

    pub fn damaged(&self, reason: impl Into<String>) -> EngineError {
        EngineError::Damaged { path: self.path.clone(), reason: reason.into() }
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        match self.header.metadata.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.header.metadata.get(key)? {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        match *self.header.metadata.get(key)? {
            Value::Unsigned(n) => Some(n),
            Value::Signed(n) => u64::try_from(n).ok(),
            _ => None,
        }
    }

    pub fn real(&self, key: &str) -> Option<f64> {
        match self.header.metadata.get(key)? {
            Value::Real(real) => Some(*real),
            _ => None,
        }
    }

    /// Whether there is anything under a key.
    pub fn knows(&self, key: &str) -> bool {
        self.header.metadata.contains_key(key)
    }

    /// The strings of an array, at most `most`.
    pub fn texts(&self, key: &str, most: usize) -> Result<Option<Vec<Cow<'_, str>>>, EngineError> {
        let Some(array) = self.array(key, most)? else { return Ok(None) };
        // An empty one may claim any type.
        if array.count == 0 {
            return Ok(Some(Vec::new()));
        }
        match array.texts(&self.map) {
            // Of what an empty list has none, its writer could not know.
            _ if array.count == 0 => Ok(Some(Vec::new())),
            Some(texts) => Ok(Some(texts.map(String::from_utf8_lossy).collect())),
            None => Err(self.damaged(format!("`{key}` is not a list of texts"))),
        }
    }

    /// The numbers of an array, at most `most`.
    pub fn numbers(&self, key: &str, most: usize) -> Result<Option<Vec<i64>>, EngineError> {
        let Some(array) = self.array(key, most)? else { return Ok(None) };
        match array.numbers(&self.map) {
            _ if array.count == 0 => Ok(Some(Vec::new())),
            Some(numbers) => Ok(Some(numbers.collect())),
            None => Err(self.damaged(format!("`{key}` is not a list of numbers"))),
        }
    }

    fn array(&self, key: &str, most: usize) -> Result<Option<&Array>, EngineError> {
        match self.header.metadata.get(key) {
            None => Ok(None),
            Some(Value::Array(array)) if array.count <= most => Ok(Some(array)),
            Some(Value::Array(array)) => {
                Err(self.damaged(format!("`{key}` has {} elements, more than {most}", array.count)))
            }
            Some(_) => Err(self.damaged(format!("`{key}` is not a list"))),
        }
    }

    /// A count that must be there and lie within `1..=most`.
    pub fn count(&self, key: &str, most: usize) -> Result<usize, EngineError> {
        match self.number(key).map(usize::try_from) {
            Some(Ok(n)) if (1..=most).contains(&n) => Ok(n),
            None if !self.knows(key) => Err(self.damaged(format!("`{key}` is missing"))),
            _ => Err(self.damaged(format!("`{key}` is not between 1 and {most}"))),
        }
    }

    pub fn has(&self, tensor: &str) -> bool {
        self.header.tensors.contains_key(tensor)
    }

    pub fn shape(&self, tensor: &str) -> Option<&[usize]> {
        self.header.tensors.get(tensor).map(|info| info.shape.as_slice())
    }

    /// Shapes and types of all tensors, in no order.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize], GgmlDType)> {
        let tensors = self.header.tensors.iter();
        tensors.map(|(name, info)| (name.as_str(), info.shape.as_slice(), info.kind))
    }

    /// The blocks of a matrix of `[rows, columns]`, every scale checked.
    pub fn view(&self, name: &str, shape: [usize; 2]) -> Result<View, EngineError> {
        let info = self.info(name, &shape)?;
        Ok(View {
            map: Arc::clone(&self.map),
            range: info.range.clone(),
            kind: info.kind,
            rows: shape[0],
        })
    }

    /// The blocks of each matrix of a stack `[count, rows, columns]`.
    pub fn views(
        &self,
        name: &str,
        [count, rows, columns]: [usize; 3],
    ) -> Result<Vec<View>, EngineError> {
        let info = self.info(name, &[count, rows, columns])?;
        let step = info.range.len() / count;
        let starts = (0..count).map(|i| info.range.start + i * step);
        Ok(starts
            .map(|start| View {
                map: Arc::clone(&self.map),
                range: start..start + step,
                kind: info.kind,
                rows,
            })
            .collect())
    }

    /// Reads a matrix of `[rows, columns]`.
    pub fn matrix(
        &self,
        name: &str,
        shape: [usize; 2],
        device: &Device,
    ) -> Result<QTensor, EngineError> {
        tensor(&self.view(name, shape)?, shape, device)
    }

    /// Reads a stack of matrices `[count, rows, columns]`, each on its own.
    pub fn matrices(
        &self,
        name: &str,
        shape: [usize; 3],
        device: &Device,
    ) -> Result<Vec<QTensor>, EngineError> {
        let views = self.views(name, shape)?;
        views.iter().map(|view| tensor(view, [shape[1], shape[2]], device)).collect()
    }

    /// Reads a vector as f32.
    pub fn vector(
        &self,
        name: &str,
        length: usize,
        device: &Device,
    ) -> Result<Tensor, EngineError> {
        let info = self.info(name, &[length])?;
        let (map, range) = (Arc::clone(&self.map), info.range.clone());
        let view = View { map, range, kind: info.kind, rows: 1 };
        Ok(tensor(&view, [1, length], device)?.dequantize(device)?.flatten_all()?)
    }

    /// Finds a tensor and looks at its numbers: one that is none would spread
    /// over all that is computed from it.
    fn info(&self, name: &str, shape: &[usize]) -> Result<&TensorInfo, EngineError> {
        let info = self.header.tensors.get(name);
        let info = info.ok_or_else(|| self.damaged(format!("the tensor {name} is missing")))?;
        if info.shape != shape {
            return Err(self.damaged(format!(
                "the tensor {name} has the shape {:?}, {shape:?} was expected",
                info.shape
            )));
        }
        match format::first_bad_block(info.kind, &self.map[info.range.clone()]) {
            None => Ok(info),
            Some(block) => Err(self.damaged(format!(
                "the tensor {name} holds a number that is infinite or none, in block {block} of \
                 {:?}",
                info.kind
            ))),
        }
    }

    /// Fails when the file was written to since it was opened: what was read
    /// of it may then be a mixture.
    pub fn require_unchanged(&self) -> Result<(), EngineError> {
        match self.map.is_unchanged() {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.damaged("it was written to while it was read")),
            Err(source) => Err(EngineError::Io { path: self.path.clone(), source }),
        }
    }

    /// Hash (blake3, hexadecimal) of the whole file, by all threads.
    pub fn digest(&self) -> String {
        // Released by parts, so that the whole file is never resident.
        const PART: usize = 64 << 20;
        let mut hasher = blake3::Hasher::new();
        for (i, part) in self.map.chunks(PART).enumerate() {
            hasher.update_rayon(part);
            self.map.release(i * PART..i * PART + part.len());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Copies a view into candle's own storage.
fn tensor(
    view: &View,
    [rows, columns]: [usize; 2],
    device: &Device,
) -> Result<QTensor, EngineError> {
    let storage = QStorage::from_data(Cow::Borrowed(view), device, view.kind())?;
    view.release();
    Ok(QTensor::new(storage, (rows, columns))?)
}

impl std::fmt::Debug for Gguf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gguf").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of a sound model of the corpus.
    fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/engine/corpus");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.gguf");
        std::fs::copy(corpus.join(name), &path).unwrap();
        (folder, path)
    }

    #[test]
    fn views_show_what_candle_reads_and_outlive_the_file() {
        let (folder, path) = copy("sound-qwen3moe.gguf");
        let gguf = Gguf::open(&path).unwrap();
        let stack = gguf.views("blk.0.ffn_up_exps.weight", [2, 4, 4]).unwrap();
        let matrices = gguf.matrices("blk.0.ffn_up_exps.weight", [2, 4, 4], &Device::Cpu).unwrap();
        for (view, matrix) in stack.iter().zip(&matrices) {
            assert_eq!(view.kind(), GgmlDType::F16);
            assert_eq!(**view, *matrix.data().unwrap());
            assert_eq!(view.row(3), &view[24..32]);
        }
        assert_ne!(*stack[0], *stack[1]);
        let embedding = gguf.view("token_embd.weight", [209, 4]).unwrap();
        let before = embedding.to_vec();
        embedding.release();
        assert_eq!(*embedding, *before);
        drop(gguf);
        drop(folder);
        assert_eq!(*embedding, *before);
        assert_eq!(embedding.row(208), &before[208 * 8..]);
    }

    #[test]
    fn a_digest_is_the_whole_files() {
        let (_folder, path) = copy("sound-llama.gguf");
        let expected = blake3::hash(&std::fs::read(&path).unwrap()).to_hex().to_string();
        assert_eq!(Gguf::open(&path).unwrap().digest(), expected);
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_is_written_to_is_noticed_and_a_replaced_one_is_not_mixed_up() {
        let (folder, path) = copy("sound-llama.gguf");
        let gguf = Gguf::open(&path).unwrap();
        let other = folder.path().join("other.gguf");
        std::fs::write(&other, "new").unwrap();
        std::fs::rename(&other, &path).unwrap();
        gguf.require_unchanged().unwrap();
        assert_eq!(gguf.text("general.architecture"), Some("llama"));

        let (_folder, path) = copy("sound-llama.gguf");
        let gguf = Gguf::open(&path).unwrap();
        let mut file = File::options().append(true).open(&path).unwrap();
        std::io::Write::write_all(&mut file, b"more").unwrap();
        assert!(matches!(gguf.require_unchanged(), Err(EngineError::Damaged { .. })));
    }
}
