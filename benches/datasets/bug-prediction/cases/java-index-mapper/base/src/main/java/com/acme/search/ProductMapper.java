package com.acme.search;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Turns products into documents of the search index. */
public class ProductMapper {

    private static final Pattern PRICE = Pattern.compile("\\d+(\\.\\d{1,2})?");

    public Map<String, Object> toDocument(Product product) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", product.sku());
        document.put("title", product.title().strip());
        document.put("categories", product.categories());
        boolean priced = PRICE.matcher(product.price()).matches();
        document.put("sellable", priced);
        if (priced) {
            document.put("price", new BigDecimal(product.price()));
        }
        return document;
    }
}
