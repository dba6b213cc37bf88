/// How a value changes the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Count,
    Gauge,
    Timing,
}

/// One line of the wire format, `name:value|kind|#tag:value,...`; the tags may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub name: String,
    pub value: f64,
    pub kind: Kind,
    pub tags: Vec<String>,
}

/// Reads a line; None if its kind or its value is unknown.
pub fn parse(line: &str) -> Option<Metric> {
    let (name, rest) = line.split_once(':').unwrap();
    let mut parts = rest.split('|');
    let value = parts.next().unwrap();
    let kind = match parts.next()? {
        "c" => Kind::Count,
        "g" => Kind::Gauge,
        "ms" => Kind::Timing,
        _ => return None,
    };
    let mut tags: Vec<String> = parts
        .filter_map(|part| part.strip_prefix('#'))
        .flat_map(|list| list.split(','))
        .map(str::to_owned)
        .collect();
    tags.sort_unstable();
    Some(Metric {
        name: name.to_owned(),
        value: value.parse().ok()?,
        kind,
        tags,
    })
}
