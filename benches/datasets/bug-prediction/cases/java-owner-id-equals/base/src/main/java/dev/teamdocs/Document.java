package dev.teamdocs;

/** A document and who it belongs to. */
public class Document {
    private final long id;
    private final long ownerId;
    private final boolean shared;

    public Document(long id, long ownerId, boolean shared) {
        this.id = id;
        this.ownerId = ownerId;
        this.shared = shared;
    }

    public long getId() {
        return id;
    }

    public long getOwnerId() {
        return ownerId;
    }

    public boolean isShared() {
        return shared;
    }
}
