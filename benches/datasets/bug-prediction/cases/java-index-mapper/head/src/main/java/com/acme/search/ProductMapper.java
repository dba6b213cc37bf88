package com.acme.search;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/** Turns products into documents of the search index. */
public class ProductMapper {

    public Map<String, Object> toDocument(Product product) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", product.sku());
        document.put("title", product.title().strip());
        document.put("categories", product.categories());
        document.put("sellable", true);
        document.put("price", new BigDecimal(product.price()));
        return document;
    }
}
