package com.acme.render;

/** A document is beyond what we render while someone waits. */
public class TooLargeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public TooLargeException(String message) {
        super(message);
    }
}
