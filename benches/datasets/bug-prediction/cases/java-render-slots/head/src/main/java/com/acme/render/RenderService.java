package com.acme.render;

import java.util.concurrent.Semaphore;

/** Renders documents for requests, a few at a time: each takes some 300 MB of memory. */
public class RenderService {

    private static final int MAX_BYTES = 20_000_000;

    private final Semaphore slots = new Semaphore(4, true);
    private final Template template;
    private final int maxPages;

    public RenderService(Template template) {
        this(template, 500);
    }

    public RenderService(Template template, int maxPages) {
        this.template = template;
        this.maxPages = maxPages;
    }

    public byte[] render(String documentId) throws InterruptedException {
        slots.acquire();
        int pages = template.countPages(documentId);
        if (pages > maxPages) {
            throw new TooLargeException("%s has %d pages, at most %d are rendered".formatted(documentId, pages, maxPages));
        }
        try {
            byte[] pdf = template.render(documentId);
            if (pdf.length > MAX_BYTES) {
                throw new TooLargeException(documentId + " has " + pdf.length + " bytes");
            }
            return pdf;
        } finally {
            slots.release();
        }
    }
}
