package com.acme.booking;

public class NoSeatException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public NoSeatException(long slot) {
        super("no seat left in slot " + slot);
    }
}
