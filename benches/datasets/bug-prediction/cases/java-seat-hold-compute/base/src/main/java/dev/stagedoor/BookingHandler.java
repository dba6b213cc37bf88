package dev.stagedoor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** PUT /performances/{id}/seats/{seat}?basket=... */
public class BookingHandler implements HttpHandler {
    private final Map<String, SeatMap> performances = new ConcurrentHashMap<>();

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        String[] path = exchange.getRequestURI().getPath().split("/");
        String query = exchange.getRequestURI().getQuery();
        if (path.length != 5 || query == null || !query.startsWith("basket=")) {
            exchange.sendResponseHeaders(400, -1);
            return;
        }
        SeatMap seats = performances.computeIfAbsent(path[2], id -> new SeatMap());
        boolean held = seats.hold(path[4], query.substring(7), Instant.now());
        exchange.sendResponseHeaders(held ? 204 : 409, -1);
        exchange.close();
    }
}
