package com.acme.stock;

import java.util.ArrayList;
import java.util.List;

/** Takes the goods of a wave out of the free stock, while shops go on selling. */
public class PickWave {

    public record Line(String sku, int amount) {
    }

    private final StockRepository stocks;

    public PickWave(StockRepository stocks) {
        this.stocks = stocks;
    }

    /** Reserves what is there and returns the lines that are short. */
    public List<Line> reserve(List<Line> lines) {
        List<Line> missing = new ArrayList<>();
        for (Line line : lines) {
            boolean taken = Retry.onStale(() -> take(line));
            if (!taken) {
                missing.add(line);
            }
        }
        return missing;
    }

    private boolean take(Line line) {
        StockRepository.Stock stock = stocks.read(line.sku());
        if (stock.free() < line.amount()) {
            return false;
        }
        stocks.write(stock, stock.free() - line.amount());
        return true;
    }
}
