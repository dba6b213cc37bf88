mod metric;
mod server;

use std::net::UdpSocket;

fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "0.0.0.0:8125".into());
    let socket = UdpSocket::bind(address)?;
    server::serve(&socket)
}
