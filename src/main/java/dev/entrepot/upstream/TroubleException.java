package dev.entrepot.upstream;

import dev.entrepot.oci.RegistryException;

/** An endpoint is in trouble: another one may do better, or the same one a moment later. */
final class TroubleException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final RegistryException explained;
  private final boolean passing;

  /**
   * @param explained what the client is told if nothing else helps
   * @param passing whether it may be over at once
   */
  TroubleException(RegistryException explained, boolean passing) {
    super(explained.getMessage(), explained, false, false);
    this.explained = explained;
    this.passing = passing;
  }

  RegistryException explained() {
    return explained;
  }

  boolean isPassing() {
    return passing;
  }
}
