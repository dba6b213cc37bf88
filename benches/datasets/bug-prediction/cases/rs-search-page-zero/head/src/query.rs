/// Parameters of `/search?q=...&page=...&size=...`.
#[derive(Debug, PartialEq, Eq)]
pub struct Query {
    pub text: String,
    /// Counted from 1.
    pub page: usize,
    pub size: usize,
}

impl Query {
    /// Reads a decoded query string; what is missing gets its default, and a number that
    /// cannot be read is an error that names its parameter.
    pub fn parse(raw: &str) -> Result<Self, String> {
        let mut query = Self {
            text: String::new(),
            page: 1,
            size: 20,
        };
        for (name, value) in raw.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "q" => query.text = value.to_lowercase(),
                "page" => query.page = number(name, value)?,
                "size" => query.size = number(name, value)?.clamp(1, 100),
                _ => {}
            }
        }
        Ok(query)
    }
}

fn number(name: &str, value: &str) -> Result<usize, String> {
    value
        .parse()
        .map_err(|_| format!("{name}: not a number: {value}"))
}
