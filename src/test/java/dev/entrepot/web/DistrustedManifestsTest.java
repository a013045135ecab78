package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Body;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.ImageManifest;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestImage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Manifests that an upstream sends and nobody should be given. */
final class DistrustedManifestsTest {

  private static final TestImage IMAGE = TestImage.create(7);
  private static final String BY_TAG = "team/app/manifests/v1";
  private static final String BY_DIGEST = "team/app/manifests/" + IMAGE.digest();

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", IMAGE, "v1");
  }

  /** Assertion 1 and 2, with an upstream whose HEAD tells too little. */
  @ParameterizedTest
  @ValueSource(strings = {"Docker-Content-Digest", "Content-Type"})
  void headIsCompleteEvenWhereUpstreamsIsNot(String missing) {
    // Given
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.head("/manifests/"))
        .always(Fault.withoutHeader(missing));

    // When
    var head = mirror.head(BY_TAG);

    // Then
    assertThat(head.header("Docker-Content-Digest")).hasValue(IMAGE.digest());
    assertThat(head.header("Content-Type")).hasValue(IMAGE.manifest().mediaType());
    assertThat(head.header("Content-Length")).hasValue("" + IMAGE.manifest().length());
  }

  /** Scorecard 7: and the endpoint that sent it is asked last for a while. */
  @Test
  void wrongManifestIsFetchedFromTheNextEndpoint() {
    // Given
    TestImage next = TestImage.create(8);
    mirror.registry().push("team/app", next, "v2");
    mirror.registry().chaos().when(RequestMatch.get("/manifests/")).always(Fault.flipByteAt(7));
    try (FakeRegistry honest =
        FakeRegistry.start().push("team/app", IMAGE, "v1").push("team/app", next, "v2")) {
      mirror.restart(recipe -> recipe.upstreams(mirror.rule().then(honest.uri()).build()));

      // When
      var answer = mirror.get(BY_DIGEST);
      var later = mirror.get("team/app/manifests/" + next.digest());

      // Then
      assertThat(answer.status()).isEqualTo(200);
      assertThat(Hashing.digest(answer.body())).isEqualTo(IMAGE.digest());
      assertThat(later.status()).isEqualTo(200);
      assertThat(mirror.registry().requests()).hasSize(1);
      assertThat(honest.requests()).hasSize(2);
    }
  }

  /** A mirror that has only some manifests proves nothing about those it lacks. */
  @Test
  void wrongManifestIsNotCalledMissingBecauseAnotherEndpointLacksIt() {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/manifests/")).always(Fault.flipByteAt(7));
    try (FakeRegistry partial = FakeRegistry.start()) {
      mirror.restart(recipe -> recipe.upstreams(mirror.rule().then(partial.uri()).build()));

      // When
      var answer = mirror.get(BY_DIGEST);

      // Then
      assertThat(answer.status()).isEqualTo(502);
      assertThat(partial.requests()).hasSize(1);
    }
  }

  /** Assertion 1: HEAD of upstream says "Content-Length: 0" or nothing, as some frameworks do. */
  @Test
  void headNeverRepeatsAnUpstreamsLengthOfZero() {
    // Given
    mirror.registry().chaos().when(RequestMatch.head("/manifests/")).always(Fault.contentLength(0));

    // When
    var head = mirror.head(BY_TAG);

    // Then
    assertThat(head.header("Content-Length")).hasValue("" + IMAGE.manifest().length());
  }

  /** Assertion 3. */
  @ParameterizedTest
  @ValueSource(strings = {"application/json", "application/octet-stream", "text/plain"})
  void carelessMediaTypeOfUpstreamIsNotPassedOn(String careless) {
    // Given
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.any())
        .always(Fault.header("Content-Type", careless));

    // When
    var head = mirror.head(BY_TAG);
    var get = mirror.get(BY_DIGEST);

    // Then
    assertThat(head.header("Content-Type")).hasValue(IMAGE.manifest().mediaType());
    assertThat(get.header("Content-Type")).hasValue(IMAGE.manifest().mediaType());
  }

  /** Assertion 3: a login page that a captive portal puts in the registry's place. */
  @Test
  void webPageIsNeverServedAsManifest() {
    // Given
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.any())
        .always(
            Fault.otherBytes(Body.of("<html>Please log in</html>"))
                .and(Fault.header("Content-Type", "text/html"))
                .and(Fault.withoutHeader("Docker-Content-Digest")));

    // When
    var head = mirror.head(BY_TAG);
    var get = mirror.get(BY_TAG);

    // Then
    assertThat(head.status()).isEqualTo(502);
    assertThat(get.status()).isEqualTo(502);
  }

  /** S-40: the same bytes must not mean an image to one client and an index to another. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"schemaVersion\":2,\"manifests\":[],\"config\":{},\"layers\":[]}",
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"layers\":[]}"
      })
  void manifestThatCanBeReadTwoWaysIsRefused(String json) {
    // Given
    var ambiguous = new ImageManifest(IMAGE.manifest().mediaType(), json);
    mirror.registry().push("team/app", ambiguous, "both");

    // When
    var byTag = mirror.get("team/app/manifests/both");
    var byDigest = mirror.get("team/app/manifests/" + ambiguous.digest());

    // Then
    assertThat(byTag.status()).isEqualTo(502);
    assertThat(byDigest.status()).isEqualTo(502);
  }

  /** S-41. */
  @Test
  void otherBytesUnderAForgedDigestAreRefusedAndForgotten() {
    // Given
    var forged = TestImage.create(99).manifest();
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.get(IMAGE.digest()))
        .always(Fault.otherBytes(forged.body()));

    // When
    var during = mirror.get(BY_DIGEST);
    mirror.registry().chaos().clear();
    var after = mirror.get(BY_DIGEST);

    // Then
    assertThat(during.status()).isEqualTo(502);
    assertThat(after.text()).isEqualTo(IMAGE.manifest().json());
  }

  /** S-60. */
  @Test
  void manifestBeyondEightMebibytesIsRefused() {
    // Given
    var padding = " ".repeat(8 << 20);
    var huge = new ImageManifest(IMAGE.manifest().mediaType(), IMAGE.manifest().json() + padding);
    mirror.registry().push("team/app", huge, "huge");

    // When
    var declared = mirror.get("team/app/manifests/" + huge.digest());
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.chunked());
    var chunked = mirror.get("team/app/manifests/" + huge.digest());

    // Then
    assertThat(declared.status()).isEqualTo(502);
    assertThat(chunked.status()).isEqualTo(502);
    assertThat(mirror.get(BY_TAG).status()).isEqualTo(200);
  }
}
