use crate::query::Query;

/// A product that can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub sku: String,
    pub title: String,
}

/// The page of products whose title has the text.
pub fn search<'a>(products: &'a [Product], query: &Query) -> Vec<&'a Product> {
    let first = (query.page - 1) * query.size;
    products
        .iter()
        .filter(|product| product.title.to_lowercase().contains(&query.text))
        .skip(first)
        .take(query.size)
        .collect()
}

/// Answers a request: raw query string in, SKUs out, or the text of a 400.
pub fn handle(products: &[Product], raw: &str) -> Result<Vec<String>, String> {
    let query = Query::parse(raw)?;
    Ok(search(products, &query)
        .into_iter()
        .map(|product| product.sku.clone())
        .collect())
}
