package com.acme.facets;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Counts how many documents have each facet. */
public class FacetCounter {

    /** A facet's number of documents and the first of them. */
    public record Facet(long count, String example) {
    }

    private final Map<String, Facet> facets = new ConcurrentHashMap<>();

    public void add(Document document) {
        for (String facet : document.facets()) {
            Facet known = facets.get(facet);
            facets.put(facet, known == null
                    ? new Facet(1, document.id())
                    : new Facet(known.count() + 1, known.example()));
        }
    }

    public Map<String, Facet> facets() {
        return new TreeMap<>(facets);
    }
}
