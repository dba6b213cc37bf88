package com.acme.facets;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Counts how many documents have each facet. */
public class FacetCounter {

    private final Map<String, Long> counts = new ConcurrentHashMap<>();

    public void add(Document document) {
        for (String facet : document.facets()) {
            counts.merge(facet, 1L, Long::sum);
        }
    }

    public Map<String, Long> counts() {
        return new TreeMap<>(counts);
    }
}
