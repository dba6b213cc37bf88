package com.acme.shipping;

import java.util.ArrayList;
import java.util.List;

/** The list of consignees to ring before arrival, one line for each stop. */
public class CallSheet {

    public List<String> lines(List<Shipment> shipments) {
        List<String> lines = new ArrayList<>();
        for (Shipment shipment : shipments) {
            Consignee to = shipment.consignee();
            String number = LabelPrinter.compact(to.phone());
            lines.add("%3d  %-20s %s".formatted(shipment.stop(), shorten(to.name()), number));
        }
        return lines;
    }

    private static String shorten(String name) {
        return name.length() <= 20 ? name : name.substring(0, 19) + ".";
    }
}
