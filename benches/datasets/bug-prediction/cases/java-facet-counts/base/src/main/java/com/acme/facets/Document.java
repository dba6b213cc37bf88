package com.acme.facets;

import java.util.List;

public record Document(String id, List<String> facets) {
}
