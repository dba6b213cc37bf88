/// How a value changes the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Count,
    Gauge,
    Timing,
}

/// One line of the wire format, `name:value|kind`.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub name: String,
    pub value: f64,
    pub kind: Kind,
}

/// Reads a line; None if it is not one.
pub fn parse(line: &str) -> Option<Metric> {
    let (name, rest) = line.split_once(':')?;
    let (value, kind) = rest.split_once('|')?;
    let kind = match kind {
        "c" => Kind::Count,
        "g" => Kind::Gauge,
        "ms" => Kind::Timing,
        _ => return None,
    };
    Some(Metric {
        name: name.to_owned(),
        value: value.parse().ok()?,
        kind,
    })
}
