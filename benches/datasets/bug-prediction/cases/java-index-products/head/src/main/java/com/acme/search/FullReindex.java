package com.acme.search;

import java.math.BigDecimal;
import java.util.List;

/** Builds the index anew every night. */
public class FullReindex {

    private final ProductMapper mapper;
    private final SearchIndex index;
    private int gifts;

    public FullReindex(ProductMapper mapper, SearchIndex index) {
        this.mapper = mapper;
        this.index = index;
    }

    public int run(List<Product> products) {
        index.clear();
        int written = 0;
        gifts = 0;
        for (Product product : products) {
            if (new BigDecimal(product.price()).signum() == 0) {
                gifts++;
            }
            index.put(product.sku(), mapper.toDocument(product));
            written++;
        }
        return written;
    }

    /** How many products of the last run cost nothing; the shop looks at them by hand. */
    public int gifts() {
        return gifts;
    }
}
