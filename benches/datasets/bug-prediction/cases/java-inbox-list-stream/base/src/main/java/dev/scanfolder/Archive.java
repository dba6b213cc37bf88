package dev.scanfolder;

/** Where documents are kept. */
public interface Archive {
    void store(String name, byte[] content);
}
