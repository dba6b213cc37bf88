package dev.wattwise;

import java.math.BigDecimal;

/** Plain text for letters. */
public class BillPrinter {
    public String print(Bill bill) {
        StringBuilder out = new StringBuilder("Bill for " + bill.customer() + "\n");
        for (Bill.Item item : bill.items()) {
            line(out, item.text(), item.amount());
        }
        line(out, "Net", bill.net());
        line(out, "Tax", bill.tax());
        line(out, "Total", bill.gross());
        return out.toString();
    }

    private static void line(StringBuilder out, String text, BigDecimal amount) {
        out.append(String.format("%-30s %10s%n", text, amount));
    }
}
