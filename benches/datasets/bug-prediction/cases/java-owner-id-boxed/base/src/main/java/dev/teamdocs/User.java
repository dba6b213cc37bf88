package dev.teamdocs;

/** A signed-in user, as read from the identity provider's token. */
public class User {
    private final Long id;
    private final boolean admin;

    public User(Long id, boolean admin) {
        this.id = id;
        this.admin = admin;
    }

    public Long getId() {
        return id;
    }

    public boolean isAdmin() {
        return admin;
    }
}
