package com.acme.shipping;

/** A parcel on a tour. {@code stop} is its position in the tour, from 1. */
public record Shipment(String number, int stop, boolean express, int grams, Consignee consignee) {
}
