const EARTH_RADIUS: f64 = 6_371_000.0;

/// A position in degrees. Trackers without a fix report NaN for both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    pub lat: f64,
    pub lon: f64,
}

#[derive(Debug, Clone)]
pub struct Fence {
    pub name: String,
    pub centre: Position,
    pub radius: f64,
}

impl Fence {
    /// Metres from the edge; below zero inside.
    pub fn distance(&self, at: Position) -> f64 {
        let dlat = (at.lat - self.centre.lat).to_radians();
        let dlon = (at.lon - self.centre.lon).to_radians();
        let a = (dlat / 2.0).sin().powi(2)
            + at.lat.to_radians().cos()
                * self.centre.lat.to_radians().cos()
                * (dlon / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS * a.sqrt().asin() - self.radius
    }
}

/// All fences, the nearest first.
pub fn rank(fences: &[Fence], at: Position) -> Vec<(&Fence, f64)> {
    let mut ranked: Vec<_> = fences.iter().map(|fence| (fence, fence.distance(at))).collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    ranked
}
