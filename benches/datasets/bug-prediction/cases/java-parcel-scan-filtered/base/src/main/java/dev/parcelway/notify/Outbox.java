package dev.parcelway.notify;

/** Queue of messages to customers. */
public interface Outbox {
    void push(String customerId, String text);
}
