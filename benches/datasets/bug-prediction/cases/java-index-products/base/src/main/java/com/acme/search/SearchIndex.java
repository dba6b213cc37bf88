package com.acme.search;

import java.util.Map;

public interface SearchIndex {

    void clear();

    void put(String id, Map<String, Object> document);

    void remove(String id);
}
