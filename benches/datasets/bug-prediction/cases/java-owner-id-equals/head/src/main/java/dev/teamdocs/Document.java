package dev.teamdocs;

/** A document and who it belongs to; templates belong to nobody. */
public class Document {
    private final long id;
    private final Long ownerId;
    private final boolean shared;

    public Document(long id, Long ownerId, boolean shared) {
        this.id = id;
        this.ownerId = ownerId;
        this.shared = shared;
    }

    public long getId() {
        return id;
    }

    /** The owner, or null for a template. */
    public Long getOwnerId() {
        return ownerId;
    }

    public boolean isTemplate() {
        return ownerId == null;
    }

    public boolean isShared() {
        return shared;
    }
}
