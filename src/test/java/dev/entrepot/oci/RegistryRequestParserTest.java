package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which paths are understood as which pull, and what is said about the others. */
class RegistryRequestParserTest {

  private static final String HEX = "0123456789abcdef".repeat(4);
  private static final Digest SHA256 = new Digest("sha256", HEX);
  private static final Digest SHA512 = new Digest("sha512", HEX + HEX);

  @ParameterizedTest
  @ValueSource(strings = {"/v2/", "/v2"})
  void pingIsUnderstoodWithAndWithoutSlash(String path) {
    // When
    RegistryRequest request = RegistryRequestParser.parse(path, "ns=docker.io");

    // Then
    assertThat(request).isEqualTo(new RegistryRequest.Ping());
  }

  @Test
  void everyKindOfPullIsUnderstood() {
    // Given
    RequestedName nginx = named("library/nginx");

    // When
    RegistryRequest byTag = parse("/v2/library/nginx/manifests/1.27");
    RegistryRequest byDigest = parse("/v2/library/nginx/manifests/" + SHA256);
    RegistryRequest blob = parse("/v2/library/nginx/blobs/" + SHA512);
    RegistryRequest tags = parse("/v2/library/nginx/tags/list");
    RegistryRequest referrers = parse("/v2/library/nginx/referrers/" + SHA256);

    // Then
    assertThat(byTag).isEqualTo(new RegistryRequest.Manifest(nginx, new Tag("1.27")));
    assertThat(byDigest).isEqualTo(new RegistryRequest.Manifest(nginx, SHA256));
    assertThat(blob).isEqualTo(new RegistryRequest.Blob(nginx, SHA512));
    assertThat(tags).isEqualTo(new RegistryRequest.Tags(nginx, ""));
    assertThat(referrers).isEqualTo(new RegistryRequest.Referrers(nginx, SHA256, ""));
  }

  @ParameterizedTest
  @CsvSource({
    // as the specification has it, whatever the segments are called
    "/v2/nginx/manifests/x,                        nginx",
    "/v2/a/b/c/d/e/f/manifests/x,                  a/b/c/d/e/f",
    "/v2/manifests/manifests/x,                    manifests",
    "/v2/manifests/manifests/manifests/manifests,  manifests/manifests",
    "/v2/a/blobs/b/tags/list/manifests/x,          a/blobs/b/tags/list",
    "/v2/tags/list/manifests/x,                    tags/list",
    "/v2/a/v2/b/manifests/x,                       a/v2/b",
    "/v2/a/v2/manifests/x,                         a/v2",
    "/v2/v2/manifests/x,                           v2",
    "/v2/ghcr.io/org/app/manifests/x,              ghcr.io/org/app",
    "/v2/registry.corp_5000/app/manifests/x,       registry.corp_5000/app",
    "/v2/registry.corp:5000/app/manifests/x,       registry.corp:5000/app",
    "/v2/GHCR.io/org/app/manifests/x,              GHCR.io/org/app",
    // a mirror's entry with override_path and no path
    "/library/nginx/manifests/x,                   library/nginx",
    "/nginx/manifests/x,                           nginx",
    "/a/b/v2/manifests/x,                          a/b/v2",
    // /v2 said twice
    "/v2/v2/library/nginx/manifests/x,             library/nginx",
    "/v2/v2/nginx/manifests/x,                     nginx"
  })
  void nameIsWhatStandsBeforeTheVerb(String path, String name) {
    // When
    RegistryRequest request = parse(path);

    // Then
    assertThat(request)
        .isInstanceOfSatisfying(
            RegistryRequest.Manifest.class,
            manifest -> assertThat(manifest.name()).isEqualTo(named(name)));
  }

  @ParameterizedTest
  @CsvSource({
    "/docker.io/v2/library/nginx/manifests/x,      '',                      docker.io",
    "/docker.io/v2/library/nginx/manifests/x,      docker.io,               docker.io",
    "/docker.io/v2/library/nginx/manifests/x,      registry-1.docker.io,    docker.io",
    "/v2/docker.io/v2/library/nginx/manifests/x,   docker.io,               docker.io",
    "/reg.corp_5000/v2/library/nginx/manifests/x,  reg.corp%3A5000,         reg.corp_5000",
    "/reg.corp:5000/v2/library/nginx/manifests/x,  reg.corp:5000,           reg.corp:5000",
    "/localhost/v2/library/nginx/manifests/x,      '',                      localhost"
  })
  void apiBehindTheRegistrysHostIsTakenOut(String path, String namespace, String host) {
    // When
    RegistryRequest request =
        RegistryRequestParser.parse(path, namespace.isEmpty() ? "" : "ns=" + namespace);

    // Then
    assertThat(request)
        .isInstanceOfSatisfying(
            RegistryRequest.Manifest.class,
            manifest -> {
              assertThat(manifest.name().path()).isEqualTo(host + "/library/nginx");
              assertThat(manifest.name().hostFirst()).isTrue();
            });
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/docker.io/v2/library/nginx/manifests/x, ''",
    "/v2/docker.io/v2/library/nginx/manifests/x, ns=ghcr.io",
    "/v2/org/v2/library/nginx/manifests/x,       ns=docker.io"
  })
  void innerApiThatMayBePartOfTheNameIsLeftAlone(String path, String query) {
    // When
    RegistryRequest request = RegistryRequestParser.parse(path, query);

    // Then
    assertThat(request)
        .isInstanceOfSatisfying(
            RegistryRequest.Manifest.class,
            manifest -> {
              assertThat(manifest.name().path()).endsWith("/v2/library/nginx");
              assertThat(manifest.name().hostFirst()).isFalse();
            });
  }

  @ParameterizedTest
  @CsvSource({
    "/pfx/docker/v2/library/nginx/manifests/latest, '',           pfx/docker",
    "/pfx/docker/v2/library/nginx/manifests/latest, ns=docker.io, pfx/docker",
    "/docker/v2/library/nginx/manifests/latest,     ns=docker.io, docker",
    "/ghcr.io/v2/library/nginx/manifests/latest,    ns=docker.io, ghcr.io",
    "/_/v2/library/nginx/manifests/latest,          '',           _",
    "/some/very/long/prefix/of/the/mirrors/own/v2/library/nginx/manifests/latest, '',"
        + " some/very/long/prefix/of/the/mirrors/own"
  })
  void prefixBeforeTheApiIsExplained(String path, String query, String prefix) {
    // When
    RegistryException refusal = refusal(path, query);

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
    assertThat(refusal.explanation())
        .contains("'" + prefix + "'")
        .matches(".{0,100}override_path = true.*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "v2/",
        "https://example.com/v2/",
        // percent escapes, encoded slashes
        "/v2/library%2Fnginx/manifests/latest",
        "/v2/library/nginx/manifests/%6Catest",
        "/v2/%2e%2e/",
        "/%76%32/",
        // empty segments
        "/v2//nginx/manifests/latest",
        "//v2/nginx/manifests/latest",
        "/v2/library//nginx/manifests/latest",
        "/v2/nginx//manifests/latest",
        "/v2/nginx/manifests//latest",
        "/v2/manifests/latest",
        "/v2/v2//manifests/latest",
        "/manifests/latest",
        "//manifests/latest",
        // trailing slashes, dots
        "/v2/nginx/manifests/latest/",
        "/v2/nginx/tags/list/",
        "/v2/./",
        "/v2/../",
        "/v2/./nginx/manifests/latest",
        "/v2/../nginx/manifests/latest",
        "/v2/library/../nginx/manifests/latest",
        "/v2/../../etc/passwd/manifests/latest",
        "/../v2/nginx/manifests/latest",
        "/./nginx/manifests/latest",
        // parameters, upper case, other characters
        "/v2/nginx;x=y/manifests/latest",
        "/v2/nginx/manifests;x=y/latest",
        "/v2;x=y/nginx/manifests/latest",
        "/v2/library/Nginx/manifests/latest",
        "/v2/Nginx/manifests/latest",
        "/V2/Library/nginx/manifests/latest",
        "/v2/user@ghcr.io/app/manifests/latest",
        "/v2/ngi nx/manifests/latest",
        "/v2/n\u00efnx/manifests/latest",
        "/v2/nginx\u0000/manifests/latest",
        "/v2/nginx\r\nset-cookie: x/manifests/latest",
        "/v2/a\\b/manifests/latest",
        // no verb, or one with nothing behind it
        "/v2/nginx",
        "/v2/nginx/",
        "/v2/nginx/manifests",
        "/v2/nginx/blobs/uploads/",
        "/v2/nginx/tags/all",
        "/v2/nginx/MANIFESTS/latest"
      })
  void pathThatIsNoPullIsRefusedByName(String path) {
    // When
    RegistryException refusal = refusal(path, "");

    // Then
    assertThat(refusal.code()).isIn(ErrorCode.NAME_INVALID, ErrorCode.PATH_UNSUPPORTED);
    assertThat(refusal.code().status() == 400 || !path.startsWith("/v2/")).isTrue();
    assertThat(refusal.explanation()).matches("[ -~]{1,300}");
  }

  @Test
  void nameOf5000CharactersIsRefusedInAShortSentence() {
    // When
    RegistryException segment = refusal("/v2/" + "a".repeat(5_000) + "/manifests/latest", "");
    RegistryException segments = refusal("/v2/" + "a/".repeat(5_000) + "b/manifests/latest", "");
    RegistryException behindHost =
        refusal("/v2/ghcr.io/" + "a/".repeat(5_000) + "b/manifests/x", "");

    // Then
    assertThat(segment.explanation()).hasSizeLessThan(200);
    assertThat(segments.explanation()).hasSizeLessThan(200);
    assertThat(behindHost.explanation()).hasSizeLessThan(200);
  }

  @Test
  void hostDoesNotShortenTheNameBehindIt() {
    // Given
    String longest = "a/".repeat(127) + "b";

    // When
    RegistryRequest request = parse("/v2/ghcr.io/" + longest + "/tags/list");

    // Then
    assertThat(request).isEqualTo(new RegistryRequest.Tags(named("ghcr.io/" + longest), ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/favicon.ico",
        "/v1/",
        "/V2/",
        "//v2/",
        "/v2;x=y/",
        "/v2.",
        "/v2/_catalog",
        "/v2/docker.io/_catalog",
        "/index.html",
        "/api/status",
        "/metrics",
        "/token",
        "/.well-known/security.txt"
      })
  void whatNoPullAsksForIsUnsupported(String path) {
    // When
    RegistryException refusal = refusal(path, "n=1000000");

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.PATH_UNSUPPORTED);
    assertThat(refusal.code().status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/nginx/blobs/latest",
    "/v2/nginx/blobs/sha256:baddigeststring",
    "/v2/nginx/blobs/",
    "/v2/nginx/blobs/uploads",
    "/v2/nginx/referrers/latest",
    "/v2/nginx/manifests/sha256:baddigeststring",
    "/v2/nginx/manifests/sha1:a9993e364706816aba3e25717850c26c9cd0d89d",
    "/v2/nginx/manifests/:"
  })
  void badDigestIsRefused(String path) {
    // When
    RegistryException refusal = refusal(path, "");

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.DIGEST_INVALID);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/nginx/manifests/", "/v2/nginx/manifests/..", "/v2/a/manifests/b;c"})
  void badTagIsRefused(String path) {
    // When
    RegistryException refusal = refusal(path, "");

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.MANIFEST_INVALID);
  }

  @Test
  void requestsDescribeThemselves() {
    // When
    String ping = parse("/v2/").describe();
    String manifest = RegistryRequestParser.parse("/v2/a/b/manifests/x", "ns=ghcr.io").describe();
    String blob = parse("/v2/a/b/blobs/" + SHA256).describe();
    String tags = parse("/v2/a/b/tags/list").describe();
    String referrers = parse("/v2/a/b/referrers/" + SHA256).describe();

    // Then
    assertThat(ping).isEqualTo("ping");
    assertThat(manifest).isEqualTo("manifest x of ghcr.io a/b");
    assertThat(blob).isEqualTo("blob " + SHA256 + " of a/b");
    assertThat(tags).isEqualTo("tags of a/b");
    assertThat(referrers).isEqualTo("referrers of " + SHA256 + " in a/b");
  }

  private static RegistryRequest parse(String path) {
    return RegistryRequestParser.parse(path, "");
  }

  private static RegistryException refusal(String path, String query) {
    return catchThrowableOfType(
        RegistryException.class, () -> RegistryRequestParser.parse(path, query));
  }

  private static RequestedName named(String path) {
    return new RequestedName(Optional.empty(), path, false);
  }
}
