package dev.entrepot.credentials.azure;

import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RepositoryAddress;
import java.net.http.HttpRequest;
import java.util.Optional;

/** Somebody who gets tokens from Entra. */
sealed interface EntraIdentity permits ApplicationIdentity, ManagedIdentity {

  /** The scope that every Azure Container Registry wants, in every cloud. */
  String SCOPE = "https://containerregistry.azure.net/.default";

  /** What proves it, if it is in a file. */
  Optional<WatchedFile<?>> file();

  /** What repositories must have in common to share a token. */
  String key(RepositoryAddress repository);

  /** What to ask for a token. */
  HttpRequest.Builder request(RepositoryAddress repository);

  /** Who is asked, for messages. */
  String name(RepositoryAddress repository);

  /** Why there is no token, as it goes on after the rule. */
  String explain(EntraAnswer.Refused refused);

  /** Whose identity it is, if that is known. */
  Optional<String> tenant();
}
