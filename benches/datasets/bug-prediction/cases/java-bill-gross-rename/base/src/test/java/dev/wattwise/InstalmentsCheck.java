package dev.wattwise;

import java.math.BigDecimal;
import java.util.List;

/** Run by the build with assertions on. */
public final class InstalmentsCheck {
    private InstalmentsCheck() {}

    public static void main(String[] args) {
        Bill bill = new Bill("c-1", List.of(new Bill.Item("energy", new BigDecimal("600.10"))));
        assert bill.total().equals(new BigDecimal("600.10"));
        assert new Instalments().next(bill).equals(BigDecimal.valueOf(51));
    }
}
