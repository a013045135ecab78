package dev.entrepot.credentials.azure;

import dev.entrepot.credentials.Secret;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RepositoryAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The identity that Azure gave the machine or container we run on.
 *
 * @param endpoint where the platform hands out its tokens, with the query's start
 * @param header what the platform wants to see, against requests that somebody was tricked into
 * @param value of that header, which is a secret on some platforms
 * @param clientId which one, if there are several
 * @param tenant whose it is, if that was said
 */
record ManagedIdentity(
    URI endpoint, String header, Secret value, Optional<String> clientId, Optional<String> tenant)
    implements EntraIdentity {

  private static final String RESOURCE = SCOPE.replace("/.default", "");

  /** Of a virtual machine, a scale set or a Kubernetes node. */
  static ManagedIdentity ofMachine(URI base, Optional<String> clientId, Optional<String> tenant) {
    String path = base.toString().replaceAll("/+$", "") + "/metadata/identity/oauth2/token";
    return new ManagedIdentity(
        URI.create(path + "?api-version=2018-02-01"),
        "Metadata",
        Secret.of("true"),
        clientId,
        tenant);
  }

  /** Of a container or function that the platform tells where to ask. */
  static ManagedIdentity ofService(
      URI endpoint, Secret header, Optional<String> clientId, Optional<String> tenant) {
    return new ManagedIdentity(
        URI.create(endpoint + "?api-version=2019-08-01"),
        "X-IDENTITY-HEADER",
        header,
        clientId,
        tenant);
  }

  @Override
  public Optional<WatchedFile<?>> file() {
    return Optional.empty();
  }

  @Override
  public String key(RepositoryAddress repository) {
    return "managed";
  }

  @Override
  public HttpRequest.Builder request(RepositoryAddress repository) {
    String which = clientId.map(id -> "&client_id=" + encoded(id)).orElse("");
    URI url = URI.create(endpoint + "&resource=" + encoded(RESOURCE) + which);
    return HttpRequest.newBuilder(url).header(header, value.reveal());
  }

  @Override
  public String name(RepositoryAddress repository) {
    return "the managed identity endpoint " + endpoint.getRawAuthority();
  }

  @Override
  public String explain(EntraAnswer.Refused refused) {
    return refused.status() == 400
        ? "the managed identity endpoint has no identity%s for this machine (%s)"
            .formatted(clientId.map(id -> " " + id).orElse(""), refused.shown())
        : "the managed identity endpoint gives no token (%s)".formatted(refused.shown());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
