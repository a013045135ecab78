package dev.entrepot.credentials.azure;

import dev.entrepot.credentials.Secret;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RepositoryAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * An application that proves to Entra who it is: a service principal with its secret, or a workload
 * with the token of its own platform.
 */
record ApplicationIdentity(
    String tenantId,
    String clientId,
    Proof proof,
    WatchedFile<Secret> proofFile,
    Authority authority)
    implements EntraIdentity {

  enum Proof {
    SECRET("secret"),
    FEDERATED_TOKEN("federated token");

    private final String words;

    Proof(String words) {
      this.words = words;
    }
  }

  @Override
  public Optional<WatchedFile<?>> file() {
    return Optional.of(proofFile);
  }

  @Override
  public String key(RepositoryAddress repository) {
    URI asked = authority.of(repository.registry());
    return switch (proof) {
      case SECRET -> asked + " " + proofFile.latest().fingerprint();
      // It is replaced every hour, and what was made from the old one stays good.
      case FEDERATED_TOKEN -> asked.toString();
    };
  }

  @Override
  public HttpRequest.Builder request(RepositoryAddress repository) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "client_credentials");
    form.put("client_id", clientId);
    form.put("scope", SCOPE);
    switch (proof) {
      case SECRET -> form.put("client_secret", proofFile.latest().reveal());
      case FEDERATED_TOKEN -> {
        form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.put("client_assertion", proofFile.latest().reveal());
      }
    }
    StringJoiner body = new StringJoiner("&");
    form.forEach(
        (name, value) -> body.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
    URI url =
        URI.create(authority.of(repository.registry()) + "/" + tenantId + "/oauth2/v2.0/token");
    return HttpRequest.newBuilder(url)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(body.toString()));
  }

  @Override
  public String name(RepositoryAddress repository) {
    return authority.of(repository.registry()).getRawAuthority();
  }

  @Override
  public String explain(EntraAnswer.Refused refused) {
    String why =
        switch (refused.number().orElse("")) {
          case "7000222" -> "its secret has expired";
          case "700016" -> "the tenant does not know that client";
          case "90002" -> "there is no such tenant";
          default ->
              refused.code().filter("invalid_client"::equals).isPresent()
                      || refused.code().filter("invalid_grant"::equals).isPresent()
                  ? "its " + proof.words + " was refused"
                  : "it gets no token";
        };
    return "client %s of tenant %s: %s (%s)".formatted(clientId, tenantId, why, refused.shown());
  }

  @Override
  public Optional<String> tenant() {
    return Optional.of(tenantId);
  }
}
