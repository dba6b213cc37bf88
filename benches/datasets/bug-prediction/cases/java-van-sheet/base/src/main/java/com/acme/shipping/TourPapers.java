package com.acme.shipping;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All papers that a driver takes along on a tour. */
public class TourPapers {

    private final LabelPrinter labels = new LabelPrinter();

    public List<String> print(String tour, List<Shipment> shipments) {
        List<Shipment> ordered = shipments.stream()
                .sorted(Comparator.comparingInt(Shipment::stop))
                .toList();
        List<String> out = new ArrayList<>();
        out.add("Tour " + tour + ", " + ordered.size() + " stops");
        for (Shipment shipment : ordered) {
            out.addAll(labels.lines(shipment));
            out.add("");
        }
        return out;
    }
}
