package com.acme.search;

/** Brings single products up to date during the day, as the feeds send them. */
public class ChangeListener {

    private final ProductMapper mapper;
    private final SearchIndex index;

    public ChangeListener(ProductMapper mapper, SearchIndex index) {
        this.mapper = mapper;
        this.index = index;
    }

    public void onChanged(Product product) {
        index.put(product.sku(), mapper.toDocument(product));
    }

    public void onRemoved(String sku) {
        index.remove(sku);
    }
}
