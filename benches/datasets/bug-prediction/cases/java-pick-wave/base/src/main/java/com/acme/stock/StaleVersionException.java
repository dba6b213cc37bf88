package com.acme.stock;

/** Another transaction changed the row since it was read. */
public class StaleVersionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public StaleVersionException(String sku, long expected) {
        super("stock of " + sku + " changed, expected version " + expected);
    }
}
