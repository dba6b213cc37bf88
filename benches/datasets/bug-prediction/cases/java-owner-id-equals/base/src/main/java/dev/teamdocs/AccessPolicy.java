package dev.teamdocs;

/** Who may do what with a document. */
public class AccessPolicy {
    public boolean mayRead(User user, Document document) {
        return document.isShared() || isOwner(user, document) || user.isAdmin();
    }

    public boolean mayDelete(User user, Document document) {
        return isOwner(user, document) || user.isAdmin();
    }

    private boolean isOwner(User user, Document document) {
        return user.getId().equals(document.getOwnerId());
    }
}
