package com.acme.facets;

import java.util.List;

/** Run with -ea; the build has no test framework. */
public class FacetCounterTest {

    public static void main(String[] args) {
        FacetCounter counter = new FacetCounter();
        counter.add(new Document("d1", List.of("red", "wood")));
        counter.add(new Document("d2", List.of("red")));
        assert counter.counts().get("red") == 2;
        assert counter.counts().get("wood") == 1;
    }
}
