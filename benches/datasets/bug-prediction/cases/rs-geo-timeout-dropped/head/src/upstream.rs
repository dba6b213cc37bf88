use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const HOSTS: [&str; 2] = ["geo.upstream.example:7000", "geo.backup.example:7000"];
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks the providers in turn. Their servers now and then accept a connection and then say
/// nothing.
pub async fn lookup(place: &str) -> Result<String> {
    let mut last = Error::new(ErrorKind::NotFound, "no provider");
    for host in HOSTS {
        match ask(host, place).await {
            Ok(answer) => return Ok(answer),
            Err(e) => {
                eprintln!("{host}: {e}");
                last = e;
            }
        }
    }
    Err(last)
}

async fn ask(host: &str, place: &str) -> Result<String> {
    let mut stream = match timeout(PATIENCE, TcpStream::connect(host)).await {
        Ok(connected) => connected?,
        Err(_) => return Err(Error::new(ErrorKind::TimedOut, "cannot connect")),
    };
    stream.write_all(place.as_bytes()).await?;
    stream.write_all(b"\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
