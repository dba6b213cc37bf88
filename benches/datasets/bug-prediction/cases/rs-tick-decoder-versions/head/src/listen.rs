use std::collections::BTreeMap;
use std::io;
use std::net::UdpSocket;
use std::sync::mpsc::Sender;

use crate::decode::{decode, Tick};

/// What came in, for the statistics.
#[derive(Debug, Default, PartialEq)]
pub struct Counts {
    pub refused: u64,
    pub by_version: BTreeMap<u8, u64>,
}

/// Receives until the other side of the channel is gone.
pub fn listen(socket: &UdpSocket, ticks: &Sender<Tick>) -> io::Result<Counts> {
    let mut buffer = [0; 512];
    let mut counts = Counts::default();
    loop {
        let (length, from) = socket.recv_from(&mut buffer)?;
        match decode(&buffer[..length]) {
            Ok(tick) => {
                *counts.by_version.entry(tick.version).or_default() += 1;
                if ticks.send(tick).is_err() {
                    return Ok(counts);
                }
            }
            Err(error) => {
                counts.refused += 1;
                eprintln!("{from}: {error}");
            }
        }
    }
}
