package dev.entrepot.credentials;

import dev.entrepot.oci.RepositoryAddress;
import reactor.core.publisher.Mono;

/** Yields the credential of one upstream rule. */
public interface CredentialSource {

  /**
   * The credential to pull from this repository with; never empty. Fails with {@link
   * CredentialException}.
   */
  Mono<Credential> current(RepositoryAddress repository);

  /**
   * An upstream refused this credential: the next {@link #current} must not come from memory if it
   * can be had anew.
   */
  void refused(Credential credential);
}
