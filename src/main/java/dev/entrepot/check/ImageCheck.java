package dev.entrepot.check;

import dev.entrepot.access.AccessDecision;
import dev.entrepot.credentials.Credential;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RequestedName;
import dev.entrepot.pull.Upstreams;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.RegistryClient;
import dev.entrepot.upstream.UpstreamManifest;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Follows one image from its name to its first layer, past the cache. */
public final class ImageCheck {

  private static final String CHECK = "image";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Upstreams upstreams;

  public ImageCheck(Upstreams upstreams) {
    this.upstreams = upstreams;
  }

  /** Each step that was taken, up to the one that failed. */
  public Flux<Finding> findings(ImageReference image) {
    return Flux.defer(() -> steps(image))
        .onErrorResume(
            RegistryException.class, no -> Flux.just(Finding.failed(CHECK, no.explanation())));
  }

  private Flux<Finding> steps(ImageReference image) {
    Route route =
        upstreams
            .routes()
            .route(
                new RequestedName(Optional.of(image.registry()), image.repository().value(), false),
                "");
    if (upstreams.access().decide(route) instanceof AccessDecision.Denied(String reason)) {
      return Flux.just(Finding.failed(CHECK, reason));
    }
    RegistryClient client = upstreams.clients().of(route);
    return Flux.concat(
        Mono.just(
            Finding.ok(
                CHECK,
                "%s is matched by rule '%s' and asked for as %s at %s"
                    .formatted(
                        image,
                        route.rule(),
                        route.repository(),
                        String.join(", ", client.endpoints())))),
        client.credential(route).map(ImageCheck::shown),
        Flux.defer(() -> content(client, route, image)));
  }

  private static Finding shown(Credential credential) {
    String kind =
        switch (credential) {
          case Credential.Anonymous _ -> "no credential";
          case Credential.Basic basic -> "user " + basic.username() + " and a password";
          case Credential.Bearer _ -> "a bearer token";
          case Credential.IdentityToken _ -> "an identity token";
          case Credential.EntraToken _ -> "an Entra token";
        };
    String end = credential.expiresAt().map(when -> ", good until " + when).orElse("");
    return Finding.ok(CHECK, "it is shown " + kind + end);
  }

  private Flux<Finding> content(RegistryClient client, Route route, ImageReference image) {
    return client
        .getManifest(route, image.reference())
        .flatMapMany(
            manifest -> {
              Finding found =
                  Finding.ok(
                      CHECK,
                      "its manifest is %s, %s, %d bytes"
                          .formatted(
                              manifest.descriptor().digest(),
                              manifest.descriptor().mediaType(),
                              manifest.bytes().length));
              return Flux.concat(Mono.just(found), below(client, route, manifest));
            });
  }

  /** The first manifest of an index, or the first layer of an image. */
  private Flux<Finding> below(RegistryClient client, Route route, UpstreamManifest manifest) {
    JsonNode json = tree(manifest.bytes());
    Optional<Digest> child = firstDigest(json.path("manifests"));
    if (child.isPresent()) {
      return client
          .getManifest(route, child.get())
          .flatMapMany(
              found ->
                  Flux.concat(
                      Mono.just(
                          Finding.ok(
                              CHECK,
                              "it lists %d images; looking at the first, %s"
                                  .formatted(json.path("manifests").size(), child.get()))),
                      layer(client, route, tree(found.bytes()))));
    }
    return layer(client, route, json);
  }

  private static Flux<Finding> layer(RegistryClient client, Route route, JsonNode image) {
    Optional<Digest> layer = firstDigest(image.path("layers"));
    return layer
        .map(
            digest ->
                client
                    .describeBlob(route, digest)
                    .map(
                        size ->
                            Finding.ok(
                                CHECK,
                                "its first of %d layers, %s, can be had%s"
                                    .formatted(image.path("layers").size(), digest, shown(size))))
                    .flux())
        .orElseGet(() -> Flux.just(Finding.note(CHECK, "it has no layers")));
  }

  private static String shown(OptionalLong size) {
    return size.isPresent() ? " (" + size.getAsLong() + " bytes)" : "";
  }

  private static Optional<Digest> firstDigest(JsonNode list) {
    return Digest.tryParse(list.path(0).path("digest").asString(""));
  }

  private static JsonNode tree(byte[] bytes) {
    try {
      return JSON.readTree(bytes);
    } catch (JacksonException _) {
      return JSON.createObjectNode();
    }
  }
}
