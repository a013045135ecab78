package dev.entrepot.credentials;

import dev.entrepot.oci.RepositoryAddress;
import java.util.Optional;

/** Makes credentials anew each time it is asked; {@link MintingSource} keeps and renews them. */
public interface CredentialMint {

  /**
   * The file that credentials are made from, if there is one: what it holds now has been read when
   * {@link #keyFor} is asked.
   */
  default Optional<WatchedFile<?>> file() {
    return Optional.empty();
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
