package dev.wattwise;

/** Plain text for letters. */
public class BillPrinter {
    public String print(Bill bill) {
        StringBuilder out = new StringBuilder("Bill for " + bill.customer() + "\n");
        for (Bill.Item item : bill.items()) {
            out.append(String.format("%-30s %10s%n", item.text(), item.amount()));
        }
        out.append(String.format("%-30s %10s%n", "Total", bill.total()));
        return out.toString();
    }
}
