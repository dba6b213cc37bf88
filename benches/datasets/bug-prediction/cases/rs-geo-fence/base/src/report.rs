use crate::fence::{rank, Fence, Position};

#[derive(Debug, Clone)]
pub struct Report {
    pub vehicle: u32,
    pub at: Position,
}

/// One line for the dispatcher: the fences that a vehicle is in.
pub fn describe(report: &Report, fences: &[Fence]) -> String {
    let inside: Vec<&str> = rank(fences, report.at)
        .into_iter()
        .take_while(|(_, metres)| *metres <= 0.0)
        .map(|(fence, _)| fence.name.as_str())
        .collect();
    if inside.is_empty() {
        format!("{}: outside", report.vehicle)
    } else {
        format!("{}: {}", report.vehicle, inside.join(", "))
    }
}
