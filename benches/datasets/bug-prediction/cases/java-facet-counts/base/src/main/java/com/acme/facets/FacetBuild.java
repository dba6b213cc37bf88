package com.acme.facets;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Reads all documents of the index and counts their facets. */
public class FacetBuild {

    private static final int THREADS = 8;

    private final DocumentSource source;

    public FacetBuild(DocumentSource source) {
        this.source = source;
    }

    public FacetCounter run() throws InterruptedException {
        FacetCounter counter = new FacetCounter();
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        for (int segment = 0; segment < source.segments(); segment++) {
            List<String> ids = source.ids(segment);
            pool.submit(() -> ids.forEach(id -> counter.add(source.load(id))));
        }
        pool.shutdown();
        if (!pool.awaitTermination(1, TimeUnit.HOURS)) {
            throw new IllegalStateException("facets not built within an hour");
        }
        return counter;
    }
}
