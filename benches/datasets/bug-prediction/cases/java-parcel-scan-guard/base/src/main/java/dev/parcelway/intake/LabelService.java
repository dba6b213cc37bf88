package dev.parcelway.intake;

import dev.parcelway.notify.Shipment;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shipments are under way from the moment their label is bought. */
public class LabelService {
    private final List<Shipment> underway = new ArrayList<>();

    public synchronized Shipment buy(String customerId, String trackingNo, Locale locale) {
        Shipment shipment = new Shipment(trackingNo, customerId, locale, LocalDate.now().plusDays(3));
        underway.add(shipment);
        return shipment;
    }

    public synchronized List<Shipment> underway() {
        return List.copyOf(underway);
    }
}
