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
    // The last release that the old boot loaders accept, by its file name.
    let limit = args
        .next()
        .map(|file| match releases.iter().find(|release| release.file == file) {
            Some(release) => release,
            None => {
                eprintln!("no release with the file {file}");
                std::process::exit(2);
            }
        });
    match rollout::newest(&releases, &channel, limit) {
        Some(release) => println!("{} {}", release.version, release.file),
        None => println!("no release in {channel}"),
    }
}
