package dev.entrepot.manifest;

/** A manifest that cannot be read; the message goes on from "but". */
public final class ManifestException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ManifestException(String message) {
    super(message);
  }
}
