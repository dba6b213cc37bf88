package com.acme.render;

public interface Template {

    /** How many pages the document will have. Reads the data of the document. */
    int countPages(String documentId);

    byte[] render(String documentId);
}
