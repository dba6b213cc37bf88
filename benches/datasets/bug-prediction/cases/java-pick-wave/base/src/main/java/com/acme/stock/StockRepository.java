package com.acme.stock;

public interface StockRepository {

    record Stock(String sku, String shelf, int free, long version) {
    }

    Stock read(String sku);

    /** Writes the new free amount in its own transaction.
     *  @throws StaleVersionException if the row is no longer at {@code stock.version()} */
    void write(Stock stock, int free);
}
