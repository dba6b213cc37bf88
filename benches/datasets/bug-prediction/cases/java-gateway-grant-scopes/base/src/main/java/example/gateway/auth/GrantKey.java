package example.gateway.auth;

import java.util.List;

/** What a grant is asked for: a client and the scopes, sorted. */
public record GrantKey(String client, List<String> scopes) {

    public static GrantKey of(String client, String scopeParameter) {
        List<String> scopes = List.of(scopeParameter.trim().split("\\s+"));
        return new GrantKey(client, scopes.stream().sorted().toList());
    }

    public String scopeParameter() {
        return String.join(" ", scopes);
    }
}
