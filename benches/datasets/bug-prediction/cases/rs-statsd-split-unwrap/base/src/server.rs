use std::collections::HashMap;
use std::io;
use std::net::UdpSocket;

use crate::metric::{self, Kind, Metric};

/// Sums and gauges since the start.
#[derive(Default)]
pub struct Totals {
    values: HashMap<String, f64>,
    pub rejected: u64,
}

impl Totals {
    fn add(&mut self, metric: Metric) {
        let slot = self.values.entry(metric.name).or_insert(0.0);
        match metric.kind {
            Kind::Gauge => *slot = metric.value,
            Kind::Count | Kind::Timing => *slot += metric.value,
        }
    }

    /// Takes a packet of any number of lines.
    pub fn packet(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for line in text.lines() {
            match metric::parse(line) {
                Some(metric) => self.add(metric),
                None => self.rejected += 1,
            }
        }
    }
}

/// Receives packets for ever. Anything on the network may send them.
pub fn serve(socket: &UdpSocket) -> io::Result<()> {
    let mut totals = Totals::default();
    let mut buffer = [0; 1500];
    loop {
        let (length, _) = socket.recv_from(&mut buffer)?;
        totals.packet(&buffer[..length]);
    }
}
