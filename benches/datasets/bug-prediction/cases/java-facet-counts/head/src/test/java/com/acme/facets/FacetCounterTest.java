package com.acme.facets;

import java.util.List;

/** Run with -ea; the build has no test framework. */
public class FacetCounterTest {

    public static void main(String[] args) {
        FacetCounter counter = new FacetCounter();
        counter.add(new Document("d1", List.of("red", "wood")));
        counter.add(new Document("d2", List.of("red")));
        assert counter.facets().get("red").count() == 2;
        assert counter.facets().get("wood").count() == 1;
        assert counter.facets().get("red").example().equals("d1");
    }
}
