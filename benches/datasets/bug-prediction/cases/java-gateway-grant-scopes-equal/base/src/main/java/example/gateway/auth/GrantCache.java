package example.gateway.auth;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps grants until they expire, so that the token server is asked once per client and scopes. */
public class GrantCache {

    public record Grant(String token, Instant expires) {
    }

    public interface TokenServer {
        Grant request(String client, String scopes);
    }

    private final Map<GrantKey, Grant> grants = new ConcurrentHashMap<>();
    private final TokenServer server;
    private final Clock clock;

    public GrantCache(TokenServer server, Clock clock) {
        this.server = server;
        this.clock = clock;
    }

    public Grant get(GrantKey key) {
        return grants.compute(key, (k, known) -> {
            if (known != null && known.expires().isAfter(clock.instant())) {
                return known;
            }
            return server.request(k.client(), k.scopeParameter());
        });
    }
}
