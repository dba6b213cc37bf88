package example.gateway.auth;

import java.util.Arrays;

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
}
