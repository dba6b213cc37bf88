package com.acme.render;

import java.util.concurrent.Semaphore;

/** Renders documents for requests, a few at a time: each takes some 300 MB of memory. */
public class RenderService {

    private static final int MAX_BYTES = 20_000_000;

    private final Semaphore slots = new Semaphore(4, true);
    private final Template template;

    public RenderService(Template template) {
        this.template = template;
    }

    public byte[] render(String documentId) throws InterruptedException {
        slots.acquire();
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
