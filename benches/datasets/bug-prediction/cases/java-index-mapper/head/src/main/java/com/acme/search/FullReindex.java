package com.acme.search;

import java.util.List;
import java.util.regex.Pattern;

/** Builds the index anew every night. */
public class FullReindex {

    private static final Pattern PRICE = Pattern.compile("\\d+(\\.\\d{1,2})?");

    private final ProductMapper mapper;
    private final SearchIndex index;
    private int skipped;

    public FullReindex(ProductMapper mapper, SearchIndex index) {
        this.mapper = mapper;
        this.index = index;
    }

    public int run(List<Product> products) {
        index.clear();
        int written = 0;
        skipped = 0;
        for (Product product : products) {
            if (!PRICE.matcher(product.price()).matches()) {
                skipped++;
                continue;
            }
            index.put(product.sku(), mapper.toDocument(product));
            written++;
        }
        return written;
    }

    /** How many products the last run left out because they have no usable price. */
    public int skipped() {
        return skipped;
    }
}
