//! Small plots as SVG. All in them is numbers and words of the program's own.

use std::fmt::Write;

/// Width and height of the drawing in its own units, and the room around the axes.
const SIZE: (f64, f64) = (360.0, 260.0);
const ROOM: (f64, f64) = (48.0, 40.0);

/// How points are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Line,
    Dots,
}

pub(super) struct Series {
    pub name: String,
    pub points: Vec<(f64, f64)>,
    pub mark: Mark,
}

/// A plot whose vertical axis runs from 0 to 1.
pub(super) struct Plot {
    pub title: &'static str,
    pub x: &'static str,
    pub y: &'static str,
    /// End of the horizontal axis; `None` takes the largest value.
    pub x_max: Option<f64>,
    /// Whether to draw where both axes are equal.
    pub diagonal: bool,
    pub series: Vec<Series>,
}

impl Plot {
    pub fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|s| &s.points);
        let largest = points().map(|p| p.0).fold(0.0, f64::max);
        let end = self.x_max.unwrap_or(if largest > 0.0 { largest } else { 1.0 });
        let (width, height) = (SIZE.0 - ROOM.0 - 12.0, SIZE.1 - ROOM.1 - 28.0);
        let at = |x: f64, y: f64| {
            let x = ROOM.0 + (x / end).clamp(0.0, 1.0) * width;
            (x, 28.0 + (1.0 - y.clamp(0.0, 1.0)) * height)
        };
        let mut svg = format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\"><text class=\"h\" x=\"{}\" \
             y=\"16\">{}</text>",
            SIZE.0, SIZE.1, self.title, ROOM.0, self.title
        );
        for step in 0..=4 {
            let share = f64::from(step) / 4.0;
            let ((x, bottom), (left, y)) = (at(share * end, 0.0), at(0.0, share));
            let label = share * end;
            let label = if end < 10.0 { format!("{label:.2}") } else { format!("{label:.0}") };
            let _ = write!(
                svg,
                "<line class=\"g\" x1=\"{left:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"e\" x=\"{:.1}\" y=\"{:.1}\">{share:.2}</text>\
                 <text class=\"m\" x=\"{x:.1}\" y=\"{:.1}\">{label}</text>",
                left + width,
                left - 6.0,
                y + 4.0,
                bottom + 15.0
            );
        }
        let _ = write!(
            svg,
            "<text class=\"m\" x=\"{:.1}\" y=\"{:.1}\">{}</text><text class=\"m\" transform=\"\
             translate(12 {:.1}) rotate(-90)\">{}</text>",
            ROOM.0 + width / 2.0,
            SIZE.1 - 6.0,
            self.x,
            28.0 + height / 2.0,
            self.y
        );
        if self.diagonal {
            let ((x1, y1), (x2, y2)) = (at(0.0, 0.0), at(end, 1.0));
            let _ = write!(
                svg,
                "<line class=\"d\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
            );
        }
        for (n, series) in self.series.iter().enumerate() {
            let places: Vec<(f64, f64)> = series.points.iter().map(|p| at(p.0, p.1)).collect();
            if series.mark == Mark::Line && places.len() > 1 {
                let path: Vec<String> =
                    places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                let _ = write!(svg, "<polyline class=\"s{n}\" points=\"{}\"/>", path.join(" "));
            } else {
                for (x, y) in &places {
                    let _ =
                        write!(svg, "<circle class=\"s{n}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
                }
            }
            if self.series.len() > 1 {
                let y = 40.0 + 14.0 * n as f64;
                let x = ROOM.0 + width - 4.0;
                let _ = write!(
                    svg,
                    "<text class=\"e t{n}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                    series.name
                );
            }
        }
        if points().next().is_none() {
            let (x, y) = at(end / 2.0, 0.5);
            let _ = write!(svg, "<text class=\"m\" x=\"{x:.1}\" y=\"{y:.1}\">no data</text>");
        }
        svg.push_str("</svg>");
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_lie_on_the_corners_and_nothing_is_said_of_no_data() {
        let plot = |points| Plot {
            title: "T",
            x: "x",
            y: "y",
            x_max: Some(1.0),
            diagonal: false,
            series: vec![Series { name: "run".into(), points, mark: Mark::Line }],
        };
        let svg = plot(vec![(0.0, 0.0), (1.0, 1.0)]).svg();
        assert!(svg.contains("points=\"48.0,220.0 348.0,28.0\""), "{svg}");
        assert!(plot(vec![]).svg().contains("no data"));
    }
}
