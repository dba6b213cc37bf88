package dev.parcelway.notify;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps the scans that carriers report, newest last. */
public class TrackingStore {
    private final Map<String, List<Scan>> scans = new ConcurrentHashMap<>();

    public void record(String trackingNo, Scan scan) {
        scans.computeIfAbsent(trackingNo, k -> new CopyOnWriteArrayList<>()).add(scan);
    }

    /** The newest scan of a parcel, or null if no carrier has scanned it yet. */
    public Scan latest(String trackingNo) {
        List<Scan> all = scans.get(trackingNo);
        return all == null ? null : all.get(all.size() - 1);
    }
}
