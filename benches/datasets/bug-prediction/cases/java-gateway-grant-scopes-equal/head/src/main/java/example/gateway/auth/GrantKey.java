package example.gateway.auth;

import java.util.Arrays;
import java.util.Objects;

/** What a grant is asked for: a client and the scopes, sorted. */
public record GrantKey(String client, String[] scopes) {

    public static GrantKey of(String client, String scopeParameter) {
        String[] scopes = scopeParameter.trim().split("\\s+");
        Arrays.sort(scopes);
        return new GrantKey(client, scopes);
    }

    public boolean covers(String scope) {
        return Arrays.binarySearch(scopes, scope) >= 0;
    }

    public String scopeParameter() {
        return String.join(" ", scopes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GrantKey key && client.equals(key.client) && Arrays.equals(scopes, key.scopes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(client, Arrays.hashCode(scopes));
    }
}
