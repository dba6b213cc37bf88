mod cache;
mod upstream;

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Requests that may be under way at the same time.
const PARALLEL: usize = 64;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:7070").await?;
    let permits = Arc::new(Semaphore::new(PARALLEL));
    let cache = Arc::new(cache::Cache::new(10_000));
    loop {
        let (stream, _) = listener.accept().await?;
        let permit = permits.clone().acquire_owned().await.expect("never closed");
        let cache = cache.clone();
        tokio::spawn(async move {
            if let Err(e) = answer(stream, &cache).await {
                eprintln!("request failed: {e}");
            }
            drop(permit);
        });
    }
}

async fn answer(mut stream: TcpStream, cache: &cache::Cache) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new(&mut stream).read_line(&mut line).await?;
    let place = line.trim();
    let position = match cache.get(place) {
        Some(position) => position,
        None => upstream::lookup(place).await?,
    };
    cache.put(place, &position);
    stream.write_all(position.as_bytes()).await
}
