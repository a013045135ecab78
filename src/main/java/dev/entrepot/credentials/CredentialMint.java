package dev.entrepot.credentials;

import dev.entrepot.oci.RepositoryAddress;
import reactor.core.publisher.Mono;

/** Makes credentials anew each time it is asked; {@link MintingSource} keeps and renews them. */
public interface CredentialMint {

  /**
   * Looks again at the files that {@link #keyFor} depends on, without blocking the caller; comes
   * before it each time.
   */
  default Mono<?> look() {
    return Mono.empty();
  }

  /**
   * Repositories with an equal key share a credential. What the credential is made from belongs
   * into it where it can change, so that nothing that was made from the old, not even a failure,
   * outlives it.
   *
   * @throws CredentialException if there is no credential for such a registry
   */
  String keyFor(RepositoryAddress repository);

  /**
   * Makes a credential. May block; is interrupted when it takes too long.
   *
   * @throws CredentialException if it cannot be had
   */
  Minted<Credential> mint(RepositoryAddress repository);
}
