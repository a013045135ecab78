package dev.entrepot.upstream;

/** Not the registry asks for patience, but a host that it redirected to. */
final class BusyElsewhereException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  BusyElsewhereException() {
    super("another host than the registry is busy", null, false, false);
  }
}
