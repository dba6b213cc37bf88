package com.acme.shipping;

/** Who receives a parcel. Shops may leave the phone number out; it is then {@code null}. */
public record Consignee(String name, String street, String city, String phone) {

    public Consignee {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("consignee without name");
        }
    }
}
