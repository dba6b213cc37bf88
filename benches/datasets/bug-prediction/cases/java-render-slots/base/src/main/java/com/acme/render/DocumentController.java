package com.acme.render;

/** Answers GET /documents/{id}.pdf; one instance serves all requests. */
public class DocumentController {

    public record Answer(int status, byte[] body) {
    }

    private final RenderService service;

    public DocumentController(RenderService service) {
        this.service = service;
    }

    public Answer pdf(String id) throws InterruptedException {
        try {
            return new Answer(200, service.render(id));
        } catch (TooLargeException e) {
            return new Answer(422, e.getMessage().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
    }
}
