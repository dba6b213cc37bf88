mod clean;
mod snapshot;

use snapshot::Snapshot;

/// Reads the list of snapshots from standard input and prints what to delete; the caller,
/// a script, passes the names on to `volume destroy`.
fn main() {
    let today: u32 = match std::env::args().nth(1).and_then(|day| day.parse().ok()) {
        Some(day) => day,
        None => {
            eprintln!("usage: snapclean DAY < snapshots");
            std::process::exit(2);
        }
    };
    let snapshots: Vec<Snapshot> = std::io::stdin()
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| Snapshot::from_line(&line))
        .collect();
    for snapshot in clean::to_delete(&snapshots, today) {
        println!("{}", snapshot.name);
    }
}
