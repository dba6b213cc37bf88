package example.gateway.auth;

import java.util.Map;

/** Adds the token to requests that leave the gateway. */
public class AuthFilter {
    private final GrantCache cache;

    public AuthFilter(GrantCache cache) {
        this.cache = cache;
    }

    public void apply(String client, String scopes, Map<String, String> headers) {
        GrantKey key = GrantKey.of(client, scopes);
        if (key.covers("offline")) {
            throw new IllegalArgumentException("offline grants do not leave the gateway: " + client);
        }
        headers.put("Authorization", "Bearer " + cache.get(key).token());
    }
}
