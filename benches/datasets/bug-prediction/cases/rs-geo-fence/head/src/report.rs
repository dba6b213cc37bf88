use crate::fence::{nearest, rank, Fence, Position};

#[derive(Debug, Clone)]
pub struct Report {
    pub vehicle: u32,
    pub at: Position,
}

/// One line for the dispatcher: the fences that a vehicle is in, else the
/// nearest one.
pub fn describe(report: &Report, fences: &[Fence]) -> String {
    let inside: Vec<&str> = rank(fences, report.at)
        .into_iter()
        .take_while(|(_, metres)| *metres <= 0.0)
        .map(|(fence, _)| fence.name.as_str())
        .collect();
    if !inside.is_empty() {
        return format!("{}: {}", report.vehicle, inside.join(", "));
    }
    match nearest(fences, report.at) {
        Some((fence, metres)) => {
            format!("{}: outside, {:.1} km to {}", report.vehicle, metres / 1000.0, fence.name)
        }
        None => format!("{}: outside", report.vehicle),
    }
}
