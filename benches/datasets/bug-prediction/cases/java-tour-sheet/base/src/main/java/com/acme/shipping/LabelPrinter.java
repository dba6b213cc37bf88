package com.acme.shipping;

import java.util.ArrayList;
import java.util.List;

/** Renders the text block of a parcel label, at most six lines of 32 characters. */
public class LabelPrinter {

    static final int WIDTH = 32;

    public List<String> lines(Shipment shipment) {
        Consignee to = shipment.consignee();
        List<String> lines = new ArrayList<>();
        lines.add(shipment.number());
        lines.add(cut(to.name()));
        lines.add(cut(to.street()));
        lines.add(cut(to.city()));
        if (to.phone() != null) {
            lines.add("Tel " + compact(to.phone()));
        }
        return lines;
    }

    /** A number as the drivers' dialler takes it: digits and a leading plus. */
    static String compact(String phone) {
        return phone.replaceAll("[^0-9+]", "");
    }

    static String cut(String text) {
        return text.length() <= WIDTH ? text : text.substring(0, WIDTH);
    }
}
