package com.acme.facets;

import java.util.List;

public interface DocumentSource {

    int segments();

    List<String> ids(int segment);

    Document load(String id);
}
