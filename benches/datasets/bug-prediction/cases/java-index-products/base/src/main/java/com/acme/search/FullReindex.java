package com.acme.search;

import java.util.List;

/** Builds the index anew every night. */
public class FullReindex {

    private final ProductMapper mapper;
    private final SearchIndex index;

    public FullReindex(ProductMapper mapper, SearchIndex index) {
        this.mapper = mapper;
        this.index = index;
    }

    public int run(List<Product> products) {
        index.clear();
        int written = 0;
        for (Product product : products) {
            index.put(product.sku(), mapper.toDocument(product));
            written++;
        }
        return written;
    }
}
