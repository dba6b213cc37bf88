package dev.parcelway.notify;

import java.time.LocalDate;
import java.util.Locale;

public record Shipment(String trackingNo, String customerId, Locale locale, LocalDate promised) {}
