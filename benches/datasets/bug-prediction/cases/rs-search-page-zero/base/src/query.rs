/// Parameters of `/search?q=...&page=...&size=...`.
#[derive(Debug, PartialEq, Eq)]
pub struct Query {
    pub text: String,
    /// Counted from 1.
    pub page: usize,
    pub size: usize,
}

impl Query {
    /// Reads a decoded query string; what is missing or unreadable gets its default.
    pub fn parse(raw: &str) -> Self {
        let mut query = Self {
            text: String::new(),
            page: 1,
            size: 20,
        };
        for (name, value) in raw.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "q" => query.text = value.to_lowercase(),
                "page" => query.page = value.parse().unwrap_or(1).max(1),
                "size" => query.size = value.parse().unwrap_or(20).clamp(1, 100),
                _ => {}
            }
        }
        query
    }
}
