mod report;
mod window;

use std::thread::sleep;
use std::time::{Duration, Instant};

use window::Window;

fn main() {
    let targets: Vec<String> = std::env::args().skip(1).collect();
    let mut windows: Vec<Window> = targets.iter().map(|_| Window::default()).collect();
    loop {
        let round = Instant::now();
        while round.elapsed() < Duration::from_secs(60) {
            for (target, window) in targets.iter().zip(&mut windows) {
                if let Some(took) = probe(target) {
                    window.push(took);
                }
            }
            sleep(Duration::from_secs(5));
        }
        print!("{}", report::render(&targets, &windows));
        windows.iter_mut().for_each(Window::clear);
    }
}

/// Time to connect, or None if the target did not answer.
fn probe(target: &str) -> Option<Duration> {
    let start = Instant::now();
    std::net::TcpStream::connect(target).ok()?;
    Some(start.elapsed())
}
