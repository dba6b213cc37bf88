package dev.parcelway.notify;

import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.List;
import java.util.logging.Logger;

/** Writes the daily "where is my parcel" messages. */
public class DeliveryNotifier {
    private static final Logger LOG = Logger.getLogger(DeliveryNotifier.class.getName());

    private final TrackingStore tracking;
    private final Outbox outbox;

    public DeliveryNotifier(TrackingStore tracking, Outbox outbox) {
        this.tracking = tracking;
        this.outbox = outbox;
    }

    /** Called by the scheduler every morning with all shipments on their way. */
    public int notifyAll(List<Shipment> underway) {
        int sent = 0;
        for (Shipment shipment : underway) {
            if (tracking.latest(shipment.trackingNo()) == null) {
                outbox.push(shipment.customerId(), "Parcel " + shipment.trackingNo() + " was announced to us.");
            } else {
                outbox.push(shipment.customerId(), compose(shipment));
            }
            sent++;
        }
        LOG.info(() -> "notified " + underway.size() + " customers");
        return sent;
    }

    String compose(Shipment shipment) {
        DateTimeFormatter day = DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM)
                .withLocale(shipment.locale());
        StringBuilder text = new StringBuilder()
                .append("Parcel ").append(shipment.trackingNo()).append(": ")
                .append(place(shipment))
                .append(", expected on ").append(day.format(shipment.promised())).append('.');
        return text.toString();
    }

    private String place(Shipment shipment) {
        Scan scan = tracking.latest(shipment.trackingNo());
        return scan.status() + " in " + scan.depot().city();
    }
}
