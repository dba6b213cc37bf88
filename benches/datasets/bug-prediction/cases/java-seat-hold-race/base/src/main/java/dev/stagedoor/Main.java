package dev.stagedoor;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 128);
        server.createContext("/performances/", new BookingHandler());
        server.setExecutor(Executors.newFixedThreadPool(32));
        server.start();
    }
}
