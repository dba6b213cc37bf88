use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::time::Duration;

use crate::checkpoint::Checkpoint;

const BATCH: usize = 500;

/// Ships one batch; gives the number of its lines. The caller commits the
/// checkpoint, or rolls it back after an error.
pub fn ship_once(log: &mut File, checkpoint: &mut Checkpoint, collector: &mut dyn Write) -> io::Result<usize> {
    log.seek(SeekFrom::Start(checkpoint.offset()))?;
    let mut reader = BufReader::new(log);
    let mut offset = checkpoint.offset();
    let mut batch = Vec::new();
    let mut lines = 0;
    while lines < BATCH {
        let start = batch.len();
        let read = reader.read_until(b'\n', &mut batch)?;
        if read == 0 || batch.last() != Some(&b'\n') {
            batch.truncate(start);
            break;
        }
        offset += read as u64;
        lines += 1;
    }
    if lines == 0 {
        return Ok(0);
    }
    let from = checkpoint.offset();
    checkpoint.advance(offset)?;
    writeln!(collector, "batch {from} {} {lines}", checkpoint.offset())?;
    collector.write_all(&batch)?;
    collector.flush()?;
    Ok(lines)
}

/// Ships until the end of the process; the collector may be away for a while.
pub fn run(log: &mut File, checkpoint: &mut Checkpoint, connect: &dyn Fn() -> io::Result<Box<dyn Write>>) -> ! {
    loop {
        let shipped = connect().and_then(|mut collector| loop {
            if ship_once(log, checkpoint, &mut *collector)? == 0 {
                return Ok(());
            }
            checkpoint.commit()?;
        });
        if let Err(error) = shipped {
            checkpoint.rollback();
            eprintln!("collector: {error}, again in 5 s");
        }
        std::thread::sleep(Duration::from_secs(5));
    }
}
