package com.acme.stock;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes the goods of a wave out of the free stock, while shops go on selling. */
public class PickWave {

    public record Line(String sku, int amount) {

        Line plus(Line other) {
            return new Line(sku, amount + other.amount);
        }
    }

    private final StockRepository stocks;

    public PickWave(StockRepository stocks) {
        this.stocks = stocks;
    }

    /** Reserves what is there and returns the lines that are short. */
    public List<Line> reserve(List<Line> lines) {
        List<Line> missing = new ArrayList<>();
        List<StockRepository.Stock> found = new ArrayList<>();
        Map<String, Line> bySku = new HashMap<>();
        for (Line line : lines) {
            found.add(stocks.read(line.sku()));
            bySku.merge(line.sku(), line, Line::plus);
        }
        found.sort(Comparator.comparing(StockRepository.Stock::shelf));
        for (StockRepository.Stock stock : found) {
            Line line = bySku.remove(stock.sku());
            if (line == null) {
                continue;
            }
            if (stock.free() < line.amount()) {
                missing.add(line);
            } else {
                stocks.write(stock, stock.free() - line.amount());
            }
        }
        return missing;
    }
}
