mod release;
mod rollout;

use release::Release;

fn main() {
    let mut args = std::env::args().skip(1);
    let channel = args.next().unwrap_or_else(|| "stable".to_string());
    let releases: Vec<Release> = std::io::stdin()
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| Release::from_line(&line))
        .collect();
    match rollout::newest(&releases, &channel) {
        Some(release) => println!("{} {}", release.version, release.file),
        None => println!("no release in {channel}"),
    }
}
