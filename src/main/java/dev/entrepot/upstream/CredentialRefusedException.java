package dev.entrepot.upstream;

import dev.entrepot.oci.RegistryException;

/** An upstream or its token server does not take our credential: a changed one may do. */
final class CredentialRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final RegistryException explained;

  CredentialRefusedException(RegistryException explained) {
    super(explained.getMessage(), explained, false, false);
    this.explained = explained;
  }

  RegistryException explained() {
    return explained;
  }
}
