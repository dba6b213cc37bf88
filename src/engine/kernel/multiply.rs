//! Products of activations and weights.

use std::cell::RefCell;

#[cfg(target_arch = "x86_64")]
use super::amx;
use super::buffer::{Buffer, LINE};
use super::columns::{Columns, Kernel, enter};
use super::format::Format;
#[cfg(target_arch = "x86_64")]
use super::level::Level;
use super::matrix::Matrix;
use super::quantised::{Packed, Scheme, Unpacked};
use super::rows::{Rows, Shared};
use super::team::Team;
use super::tile::{CHUNK, COLUMNS, Layout, SUBS};
use super::{dense, quantised as q};

/// Up to so many rows a tile is unpacked anew for each few of them; above, once.
const FEW: usize = 8;
/// Tiles that a panel has.
const PANEL: usize = 2;
/// From so many rows on AMX pays.
#[cfg(target_arch = "x86_64")]
const AMX: usize = 12;
/// Rows of a task are a multiple of this, of which all kernels' rows are factors.
const ROWS: usize = 48;
/// Most rows of a task: their sums, with the activations of a chunk, stay in the
/// second-level cache. A usual batch of 512 is one.
const MOST_ROWS: usize = 11 * ROWS;

/// How the rows of a product are computed; the result is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Few,
    Panel,
    #[cfg(target_arch = "x86_64")]
    Amx,
}

impl Path {
    /// The fastest one for a weight.
    fn of(matrix: &Matrix, rows: usize) -> Self {
        #[cfg(target_arch = "x86_64")]
        if rows >= AMX && amx_multiplies(matrix) {
            return Self::Amx;
        }
        if rows > FEW && matrix.format().block_len() > 1 { Self::Panel } else { Self::Few }
    }
}

#[cfg(target_arch = "x86_64")]
fn amx_multiplies(matrix: &Matrix) -> bool {
    matrix.level() == Level::Avx512 && matrix.format().block_len() > 1 && amx::is_available()
}

#[cfg(test)]
impl Path {
    /// Those that a weight can take.
    pub(super) fn all(matrix: &Matrix) -> Vec<Self> {
        let mut all = vec![Self::Few];
        if matrix.format().block_len() > 1 {
            all.push(Self::Panel);
        }
        #[cfg(target_arch = "x86_64")]
        if amx_multiplies(matrix) {
            all.push(Self::Amx);
        }
        all
    }
}

/// Computes `y = x Wᵀ` for several weights over the same rows; each `y` is
/// row-major, `rows` by the weight's outputs.
///
/// A row's result has the same bits whatever rows it is computed with.
///
/// # Panics
/// If a weight's inputs are not the columns of `x`, or a `y` has another size.
pub fn multiply(team: &Team, x: &mut Rows, products: &mut [(&Matrix, &mut [f32])]) {
    multiply_by(None, team, x, products);
}

/// The same, on a path that all the weights can take.
pub(super) fn multiply_by(
    path: Option<Path>,
    team: &Team,
    x: &mut Rows,
    products: &mut [(&Matrix, &mut [f32])],
) {
    let rows = x.rows();
    let (mut fine, mut coarse) = (false, false);
    for (matrix, y) in products.iter() {
        assert_eq!(matrix.inputs(), x.columns(), "inputs of the weight, columns of the rows");
        assert_eq!(y.len(), rows * matrix.outputs(), "{rows} rows of {}", matrix.outputs());
        match matrix.format().block_len() {
            32 => fine = true,
            256 => coarse = true,
            _ => {}
        }
    }
    if rows == 0 {
        return;
    }
    x.round(team, fine, coarse);
    let x = &*x;
    let mut tasks = Vec::with_capacity(products.len());
    let mut count = 0;
    for (matrix, y) in products.iter_mut() {
        let path = path.unwrap_or_else(|| Path::of(matrix, rows));
        let product = Product { matrix, y: Shared(y.as_mut_ptr()), rows, path };
        let groups = matrix.outputs().div_ceil(COLUMNS * product.tiles());
        let part = product.part(groups, team.threads());
        tasks.push((count, part, product));
        count += groups * rows.div_ceil(part);
    }
    team.run(count, |task| {
        let (first, part, product) = &tasks[tasks.partition_point(|t| t.0 <= task) - 1];
        let parts = rows.div_ceil(*part);
        let row = (task - first) % parts * part;
        product.run(x, (task - first) / parts, row, (rows - row).min(*part));
    });
}

/// One weight and where its products go.
struct Product<'a> {
    matrix: &'a Matrix,
    y: Shared<f32>,
    rows: usize,
    path: Path,
}

impl Product<'_> {
    /// Tiles of a task.
    fn tiles(&self) -> usize {
        if self.path == Path::Few { 1 } else { PANEL }
    }

    /// Rows of a task: fewer where there are not tasks enough for all threads.
    fn part(&self, groups: usize, threads: usize) -> usize {
        match self.path {
            Path::Few => self.rows,
            _ => {
                let wanted = (4 * threads).div_ceil(groups.max(1));
                self.rows.div_ceil(wanted).next_multiple_of(ROWS).min(MOST_ROWS)
            }
        }
    }

    /// Computes a group of tiles for some rows.
    fn run(&self, x: &Rows, group: usize, row: usize, rows: usize) {
        match self.matrix.format() {
            Format::F32 => self.dense::<dense::F32>(x, group, row, rows),
            Format::F16 => self.dense::<dense::F16>(x, group, row, rows),
            Format::BF16 => self.dense::<dense::BF16>(x, group, row, rows),
            Format::Q4_0 => self.quantised::<q::Q4_0>(x.fine(), group, row, rows),
            Format::Q4_1 => self.quantised::<q::Q4_1>(x.fine(), group, row, rows),
            Format::Q5_0 => self.quantised::<q::Q5_0>(x.fine(), group, row, rows),
            Format::Q5_1 => self.quantised::<q::Q5_1>(x.fine(), group, row, rows),
            Format::Q8_0 => self.quantised::<q::Q8_0>(x.fine(), group, row, rows),
            Format::Q4K => self.quantised::<q::Q4K>(x.coarse(), group, row, rows),
            Format::Q5K => self.quantised::<q::Q5K>(x.coarse(), group, row, rows),
            Format::Q6K => self.quantised::<q::Q6K>(x.coarse(), group, row, rows),
        }
    }

    fn dense<N: dense::Number>(&self, x: &Rows, tile: usize, row: usize, rows: usize) {
        let task = Dense::<N> {
            tile: self.matrix.tile(tile),
            x: &x.values()[row * self.matrix.inputs()..][..rows * self.matrix.inputs()],
            out: self.out(tile, 1, row, rows),
            number: std::marker::PhantomData,
        };
        // SAFETY: the task is made of slices of the right lengths.
        unsafe { enter(self.matrix.level(), task) }
    }

    fn quantised<F: Scheme>(&self, x: &[F::Rounded], group: usize, row: usize, rows: usize) {
        let inputs = self.matrix.inputs();
        assert!(x.len() == self.rows * inputs.div_ceil(CHUNK) && row + rows <= self.rows);
        let first = group * self.tiles();
        let last = (first + self.tiles()).min(self.matrix.outputs().div_ceil(COLUMNS));
        let operands = Operands::<F> {
            tiles: self.matrix.tile(first).as_ptr(),
            tile_bytes: self.matrix.tile_bytes(),
            inputs,
            x: x.as_ptr().wrapping_add(row),
            all_rows: self.rows,
            out: self.out(first, last - first, row, rows),
        };
        // SAFETY: the tiles `first..last` are the matrix's; the activations were
        // checked above; `out` is inside `y`.
        unsafe {
            match self.path {
                Path::Few => enter(self.matrix.level(), Few(operands)),
                Path::Panel => enter(self.matrix.level(), Panel(operands)),
                #[cfg(target_arch = "x86_64")]
                Path::Amx => enter(self.matrix.level(), Amx(operands)),
            }
        }
    }

    /// Where the outputs of some tiles go.
    fn out(&self, tile: usize, tiles: usize, row: usize, rows: usize) -> Out {
        let outputs = self.matrix.outputs();
        let first = tile * COLUMNS;
        // SAFETY: the first output of a row, inside `y`.
        let start = unsafe { self.y.at(row * outputs + first) };
        Out { start, stride: outputs, rows, columns: (tiles * COLUMNS).min(outputs - first) }
    }
}

/// A rectangle of a row-major matrix that is one task's alone.
#[derive(Clone, Copy)]
struct Out {
    start: *mut f32,
    stride: usize,
    rows: usize,
    columns: usize,
}

impl Out {
    /// Writes as many of the values as belong to the rectangle, from `column` on.
    ///
    /// # Safety
    /// The rectangle may be written.
    #[inline(always)]
    unsafe fn write(self, row: usize, column: usize, values: &[f32]) {
        assert!(row < self.rows);
        let left = self.columns.saturating_sub(column);
        // SAFETY: inside the rectangle.
        unsafe {
            let to = self.start.add(row * self.stride + column);
            // All of them, nearly always: a number that the compiler knows makes
            // it a few moves of registers instead of a call.
            if left >= values.len() {
                std::ptr::copy_nonoverlapping(values.as_ptr(), to, values.len());
            } else {
                std::ptr::copy_nonoverlapping(values.as_ptr(), to, left);
            }
        }
    }
}

struct Dense<'a, N> {
    tile: &'a [u8],
    x: &'a [f32],
    out: Out,
    number: std::marker::PhantomData<N>,
}

impl<N: dense::Number> Kernel for Dense<'_, N> {
    #[inline(always)]
    unsafe fn run<C: Columns>(self) {
        let inputs = self.x.len() / self.out.rows;
        let mut row = 0;
        while row < self.out.rows {
            let left = (self.out.rows - row).min(C::ROWS);
            // SAFETY: so many rows are left.
            row += unsafe {
                match left {
                    4.. => self.rows::<C, 4>(row, inputs),
                    3 => self.rows::<C, 3>(row, inputs),
                    2 => self.rows::<C, 2>(row, inputs),
                    _ => self.rows::<C, 1>(row, inputs),
                }
            };
        }
    }
}

impl<N: dense::Number> Dense<'_, N> {
    #[inline(always)]
    unsafe fn rows<C: Columns, const R: usize>(&self, row: usize, inputs: usize) -> usize {
        let mut to = [[0.0; COLUMNS]; R];
        let x = self.x[row * inputs..][..R * inputs].as_ptr();
        // SAFETY: the slices are so long.
        unsafe {
            dense::multiply::<C, N, R>(self.tile.as_ptr(), x, inputs, &mut to);
            for (r, values) in to.iter().enumerate() {
                self.out.write(row + r, 0, values);
            }
        }
        R
    }
}

/// Tiles that lie one after the other, and rows.
struct Operands<F: Scheme> {
    tiles: *const u8,
    tile_bytes: usize,
    inputs: usize,
    /// The first row's first chunk; the same chunk of all rows lies together.
    x: *const F::Rounded,
    all_rows: usize,
    out: Out,
}

impl<F: Scheme> Operands<F> {
    #[inline(always)]
    unsafe fn x(&self, chunk: usize, row: usize) -> *const F::Rounded {
        // SAFETY: the row has this chunk.
        unsafe { self.x.add(chunk * self.all_rows + row) }
    }

    #[inline(always)]
    unsafe fn packed(&self, tile: usize, chunk: usize) -> Packed<F> {
        let at = tile * self.tile_bytes + chunk * const { F::LAYOUT.chunk_bytes(SUBS) };
        // SAFETY: the tile has this chunk.
        Packed::new(unsafe { self.tiles.add(at) }, Layout::subs(self.inputs, chunk))
    }

    fn chunks(&self) -> usize {
        self.inputs.div_ceil(CHUNK)
    }

    /// Writes the sums of all rows.
    #[inline(always)]
    unsafe fn write(&self, sums: &[Row]) {
        for (row, sums) in sums.iter().enumerate() {
            // SAFETY: the operands have this row.
            unsafe { self.out.write(row, 0, sums.as_flattened()) };
        }
    }
}

/// One tile, read once for a few rows.
struct Few<F: Scheme>(Operands<F>);

impl<F: Scheme> Kernel for Few<F> {
    #[inline(always)]
    unsafe fn run<C: Columns>(self) {
        let rows = self.0.out.rows;
        let mut row = 0;
        while row < rows {
            // SAFETY: so many rows are left.
            row += unsafe {
                match (rows - row).min(C::ROWS) {
                    8.. => self.rows::<C, 8>(row),
                    6.. => self.rows::<C, 6>(row),
                    4.. => self.rows::<C, 4>(row),
                    3 => self.rows::<C, 3>(row),
                    2 => self.rows::<C, 2>(row),
                    _ => self.rows::<C, 1>(row),
                }
            };
        }
    }
}

impl<F: Scheme> Few<F> {
    #[inline(always)]
    unsafe fn rows<C: Columns, const R: usize>(&self, row: usize) -> usize {
        // SAFETY: the operands have these chunks and rows.
        unsafe {
            let mut sums = [[C::zero(); 1]; R];
            for chunk in 0..self.0.chunks() {
                let subs = Layout::subs(self.0.inputs, chunk);
                let tile = self.0.packed(0, chunk);
                F::add::<C, _, R, 1>([tile], self.0.x(chunk, row), subs, &mut sums);
            }
            for (r, [sums]) in sums.into_iter().enumerate() {
                let mut values = [0.0; COLUMNS];
                C::write(values.as_mut_ptr(), sums);
                self.0.out.write(row + r, 0, &values);
            }
        }
        R
    }
}

/// Sums of a row for the tiles of a panel.
type Row = [[f32; COLUMNS]; PANEL];

thread_local! {
    /// A panel and its sums.
    static SCRATCH: RefCell<Buffer> = RefCell::new(Buffer::new(0));
}

/// A thread's scratch space during a task, given back after.
struct Scratch {
    buffer: Buffer,
    /// Where the sums begin.
    sums: usize,
    rows: usize,
}

impl Scratch {
    /// So many bytes, aligned to lines, and sums of zero for so many rows.
    fn take(bytes: usize, rows: usize) -> Self {
        let sums = bytes.next_multiple_of(LINE);
        let length = rows * size_of::<Row>();
        // A task that panics leaves the next one to start with a new buffer.
        let mut buffer = SCRATCH.replace(Buffer::new(0));
        if buffer.len() < sums + length {
            buffer = Buffer::new(sums + length);
        }
        // SAFETY: the buffer is that long.
        unsafe { std::ptr::write_bytes(buffer.as_mut_ptr().add(sums), 0, length) };
        Self { buffer, sums, rows }
    }

    fn split(&mut self) -> (*mut u8, &mut [Row]) {
        let start = self.buffer.as_mut_ptr();
        // SAFETY: `take` made so many rows there, aligned to lines.
        let sums =
            unsafe { std::slice::from_raw_parts_mut(start.add(self.sums).cast(), self.rows) };
        (start, sums)
    }

    fn give_back(self) {
        SCRATCH.set(self.buffer);
    }
}

/// Up to two tiles, unpacked chunk by chunk for all rows.
struct Panel<F: Scheme>(Operands<F>);

impl<F: Scheme> Kernel for Panel<F> {
    #[inline(always)]
    unsafe fn run<C: Columns>(self) {
        let tiles = self.0.out.columns.div_ceil(COLUMNS);
        let panel_bytes = PANEL * size_of::<Unpacked<C>>();
        let mut scratch = Scratch::take(panel_bytes, self.0.out.rows);
        let (panel, sums) = scratch.split();
        let panel = panel.cast::<Unpacked<C>>();
        for chunk in 0..self.0.chunks() {
            let subs = Layout::subs(self.0.inputs, chunk);
            // SAFETY: the operands have these chunks, tiles and rows.
            unsafe {
                for t in 0..tiles {
                    Unpacked::<C>::fill(panel.add(t), self.0.packed(t, chunk), subs);
                }
                let first = panel.cast_const();
                if tiles == PANEL && C::PANEL_TILES == PANEL {
                    self.chunk::<C, PANEL>([first, first.add(1)], chunk, subs, sums, 0);
                } else {
                    for t in 0..tiles {
                        self.chunk::<C, 1>([first.add(t)], chunk, subs, sums, t);
                    }
                }
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.0.write(sums) };
        scratch.give_back();
    }
}

impl<F: Scheme> Panel<F> {
    /// Adds a chunk to the sums of all rows, for the tiles from `first` on.
    #[inline(always)]
    unsafe fn chunk<C: Columns, const T: usize>(
        &self,
        tiles: [*const Unpacked<C>; T],
        chunk: usize,
        subs: usize,
        sums: &mut [Row],
        first: usize,
    ) {
        let mut row = 0;
        while row < sums.len() {
            // SAFETY: the operands have these chunks and rows.
            row += unsafe {
                let x = self.0.x(chunk, row);
                match (sums.len() - row).min(C::PANEL_ROWS) {
                    6.. => add::<C, F, 6, T>(tiles, x, subs, &mut sums[row..], first),
                    4.. => add::<C, F, 4, T>(tiles, x, subs, &mut sums[row..], first),
                    3 => add::<C, F, 3, T>(tiles, x, subs, &mut sums[row..], first),
                    2 => add::<C, F, 2, T>(tiles, x, subs, &mut sums[row..], first),
                    _ => add::<C, F, 1, T>(tiles, x, subs, &mut sums[row..], first),
                }
            };
        }
    }
}

/// Adds a chunk of `T` tiles to the sums of the first `R` rows.
#[inline(always)]
unsafe fn add<C: Columns, F: Scheme, const R: usize, const T: usize>(
    tiles: [*const Unpacked<C>; T],
    x: *const F::Rounded,
    subs: usize,
    sums: &mut [Row],
    first: usize,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let mut registers = [[C::zero(); T]; R];
        for r in 0..R {
            for t in 0..T {
                registers[r][t] = C::floats(sums[r][first + t].as_ptr());
            }
        }
        F::add::<C, _, R, T>(tiles, x, subs, &mut registers);
        for r in 0..R {
            for t in 0..T {
                C::write(sums[r][first + t].as_mut_ptr(), registers[r][t]);
            }
        }
    }
    R
}

/// Up to two tiles by AMX.
#[cfg(target_arch = "x86_64")]
struct Amx<F: Scheme>(Operands<F>);

#[cfg(target_arch = "x86_64")]
impl<F: Scheme> Kernel for Amx<F> {
    #[inline(always)]
    unsafe fn run<C: Columns>(self) {
        let tiles = self.0.out.columns.div_ceil(COLUMNS);
        let operand_bytes = PANEL * size_of::<amx::Operand>();
        let bytes = operand_bytes + 2 * size_of::<amx::Sums>();
        // SAFETY: the path is taken only at AVX-512 and where the unit is; the
        // operands have these chunks, tiles and rows.
        let _session = unsafe { amx::Session::new::<F>() };
        let mut scratch = Scratch::take(bytes, self.0.out.rows);
        let (start, sums) = scratch.split();
        let operands = start.cast::<amx::Operand>();
        for chunk in 0..self.0.chunks() {
            let subs = Layout::subs(self.0.inputs, chunk);
            // SAFETY: as above; the scratch is so long.
            unsafe {
                for t in 0..tiles {
                    amx::Operand::fill(operands.add(t), self.0.packed(t, chunk), subs);
                }
                let ints = start.add(operand_bytes).cast::<amx::Sums>();
                amx::add::<F>(operands, tiles, self.0.x(chunk, 0), subs, sums, ints);
            }
        }
        // SAFETY: as above.
        unsafe { self.0.write(sums) };
        scratch.give_back();
    }
}
