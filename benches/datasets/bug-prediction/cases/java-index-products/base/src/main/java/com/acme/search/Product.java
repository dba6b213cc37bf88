package com.acme.search;

import java.util.List;

/** A product from a supplier's feed; {@code price} is a plain decimal such as 12.50. */
public record Product(String sku, String title, String price, List<String> categories) {

    public Product {
        if (price == null || !price.matches("\\d+(\\.\\d{1,2})?")) {
            throw new IllegalArgumentException("price of " + sku + ": " + price);
        }
        categories = List.copyOf(categories);
    }
}
