mod state;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "/var/lib/feedkeeper/state.json".into());
    let mut state = state::State::load(Path::new(&path))?;
    for feed in &mut state.feeds {
        if reachable(&feed.url) {
            feed.failures = 0;
        } else {
            feed.failures += 1;
            println!("{} failed {} times", feed.url, feed.failures);
        }
    }
    state.save(Path::new(&path))?;
    Ok(())
}

fn reachable(url: &str) -> bool {
    let host = url.split('/').nth(2).unwrap_or_default();
    std::net::TcpStream::connect((host, 443)).is_ok()
}
