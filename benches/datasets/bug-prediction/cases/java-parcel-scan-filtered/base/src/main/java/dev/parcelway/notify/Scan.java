package dev.parcelway.notify;

import java.time.Instant;

/** One scan of a parcel at a depot. */
public record Scan(Depot depot, Instant at, String status) {
    public record Depot(String code, String city) {}
}
