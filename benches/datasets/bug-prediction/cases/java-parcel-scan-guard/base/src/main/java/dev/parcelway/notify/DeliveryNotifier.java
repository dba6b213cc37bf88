package dev.parcelway.notify;

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
            outbox.push(shipment.customerId(), compose(shipment));
            sent++;
        }
        LOG.info(() -> "notified " + underway.size() + " customers");
        return sent;
    }

    String compose(Shipment shipment) {
        Scan scan = tracking.latest(shipment.trackingNo());
        if (scan == null) {
            return "Parcel " + shipment.trackingNo() + " was announced to us.";
        }
        return "Parcel " + shipment.trackingNo() + " was last seen in " + scan.depot().city() + ".";
    }
}
