use std::io;
use std::net::UdpSocket;
use std::sync::mpsc::Sender;

use crate::decode::{decode, Tick};

/// Receives until the other side of the channel is gone.
pub fn listen(socket: &UdpSocket, ticks: &Sender<Tick>) -> io::Result<u64> {
    let mut buffer = [0; 512];
    let mut refused = 0;
    loop {
        let (length, from) = socket.recv_from(&mut buffer)?;
        match decode(&buffer[..length]) {
            Ok(tick) => {
                if ticks.send(tick).is_err() {
                    return Ok(refused);
                }
            }
            Err(error) => {
                refused += 1;
                eprintln!("{from}: {error}");
            }
        }
    }
}
