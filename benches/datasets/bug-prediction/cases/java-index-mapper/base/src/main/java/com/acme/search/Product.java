package com.acme.search;

import java.util.List;

/** A product as the suppliers' feeds deliver it; {@code price} is their text, unchecked. */
public record Product(String sku, String title, String price, List<String> categories) {
}
