//! The tensors of a `model.safetensors`, which stays mapped: what is packed is
//! read once, the vocabulary's rows are read where they lie.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{DType, Device, Result, bail};

/// Tensors behind a prefix.
#[derive(Clone)]
pub struct Weights {
    source: Arc<Source>,
    prefix: String,
}

enum Source {
    File(MmapedSafetensors),
    /// Values made up from a tensor's name and shape.
    #[cfg(test)]
    MadeUp(Box<MakeUp>),
}

#[cfg(test)]
type MakeUp = dyn Fn(&str, &[usize]) -> Result<Vec<f32>> + Send + Sync;

impl Weights {
    /// Maps a file.
    pub fn open(path: &Path) -> Result<Self> {
        // SAFETY: the map is read while the file stands; models are replaced by
        // renaming a new file into place, which leaves a mapped one as it is.
        let file = unsafe { MmapedSafetensors::new(path)? };
        Ok(Self { source: Arc::new(Source::File(file)), prefix: String::new() })
    }

    #[cfg(test)]
    pub fn made_up(
        values: impl Fn(&str, &[usize]) -> Result<Vec<f32>> + Send + Sync + 'static,
    ) -> Self {
        Self { source: Arc::new(Source::MadeUp(Box::new(values))), prefix: String::new() }
    }

    /// Those whose names begin with the part before the dot.
    pub fn under(&self, part: impl std::fmt::Display) -> Self {
        Self { source: self.source.clone(), prefix: format!("{}{part}.", self.prefix) }
    }

    pub fn has(&self, name: &str) -> bool {
        match &*self.source {
            Source::File(file) => file.get(&format!("{}{name}", self.prefix)).is_ok(),
            #[cfg(test)]
            Source::MadeUp(_) => true,
        }
    }

    /// A tensor's values, row-major; the shape must be the file's.
    pub fn read(&self, name: &str, shape: &[usize]) -> Result<Cow<'_, [f32]>> {
        let name = format!("{}{name}", self.prefix);
        #[cfg_attr(not(test), expect(clippy::infallible_destructuring_match, reason = "in tests"))]
        let file = match &*self.source {
            Source::File(file) => file,
            #[cfg(test)]
            Source::MadeUp(values) => return values(&name, shape).map(Cow::Owned),
        };
        let tensor = file.get(&name)?;
        if tensor.shape() != shape {
            bail!("{name} has the shape {:?}, the configuration says {shape:?}", tensor.shape());
        }
        if DType::try_from(tensor.dtype())? == DType::F32 && cfg!(target_endian = "little") {
            // SAFETY: any bits are a float.
            let (before, values, after) = unsafe { tensor.data().align_to::<f32>() };
            if before.is_empty() && after.is_empty() {
                return Ok(Cow::Borrowed(values));
            }
        }
        let values = file.load(&name, &Device::Cpu)?.to_dtype(DType::F32)?;
        values.flatten_all()?.to_vec1().map(Cow::Owned)
    }

    /// A tensor that is kept for its rows.
    pub fn table(&self, name: &str, rows: usize, size: usize) -> Result<Table> {
        let values = match self.read(name, &[rows, size])? {
            Cow::Borrowed(_) => None,
            Cow::Owned(values) => Some(values),
        };
        Ok(Table { weights: self.clone(), name: name.to_owned(), rows, size, values })
    }
}

/// Rows of one size, in the file where that is possible.
pub struct Table {
    weights: Weights,
    name: String,
    rows: usize,
    size: usize,
    /// Where the file holds them in another form.
    values: Option<Vec<f32>>,
}

impl Table {
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All rows, one after the other.
    pub fn values(&self) -> Cow<'_, [f32]> {
        match &self.values {
            Some(values) => Cow::Borrowed(values),
            // It could be read before, and the map does not change.
            None => self.weights.read(&self.name, &[self.rows, self.size]).unwrap_or_default(),
        }
    }
}
