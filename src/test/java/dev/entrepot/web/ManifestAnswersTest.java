package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.ImageManifest;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients rely on in answers about manifests. */
final class ManifestAnswersTest {

  private static final TestImage IMAGE = TestImage.create(7);
  private static final String BY_TAG = "team/app/manifests/v1";
  private static final String BY_DIGEST = "team/app/manifests/" + IMAGE.digest();

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", IMAGE, "v1");
  }

  /** Assertion 1. */
  @Test
  void headByTagTellsTheLengthOfWhatGetDelivers() {
    // When
    var head = mirror.head(BY_TAG);
    var get = mirror.get(BY_TAG);

    // Then
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Content-Length")).hasValue("" + IMAGE.manifest().length());
    assertThat(get.body().length()).isEqualTo(IMAGE.manifest().length());
    assertThat(get.header("Content-Length")).isEqualTo(head.header("Content-Length"));
  }

  /** Assertion 2. */
  @Test
  void headByTagTellsTheDigestOfWhatGetDelivers() {
    // When
    var head = mirror.head(BY_TAG);
    var get = mirror.get(BY_TAG);

    // Then
    assertThat(head.header("Docker-Content-Digest")).hasValue(Hashing.digest(get.body()));
    assertThat(get.header("Docker-Content-Digest")).hasValue(Hashing.digest(get.body()));
  }

  static Stream<ImageManifest> manifests() {
    return Stream.of(
        IMAGE.manifest(),
        TestImage.recipe(8).docker().build().manifest(),
        TestIndex.create(9).manifest(),
        TestIndex.of(TestImage.recipe(10).docker().build()).manifest());
  }

  /** Assertion 3. */
  @ParameterizedTest
  @MethodSource("manifests")
  void mediaTypeIsTheManifestsOwnWithoutParameters(ImageManifest manifest) {
    // Given
    mirror.registry().push("team/app", manifest, "typed");
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.any())
        .always(Fault.header("Content-Type", manifest.mediaType() + "; charset=utf-8"));

    // When
    var head = mirror.head("team/app/manifests/typed");
    var get = mirror.get("team/app/manifests/typed");
    var byDigest = mirror.get("team/app/manifests/" + manifest.digest());

    // Then
    assertThat(List.of(head, get, byDigest))
        .allSatisfy(
            answer -> assertThat(answer.header("Content-Type")).hasValue(manifest.mediaType()));
  }

  /** Assertion 5. */
  @Test
  void headByDigestEchoesItColdAndWarm() {
    // When
    var cold = mirror.head(BY_DIGEST);
    var body = mirror.get(BY_DIGEST);
    var warm = mirror.head(BY_DIGEST);

    // Then
    assertThat(List.of(cold, warm))
        .allSatisfy(
            head -> {
              assertThat(head.status()).isEqualTo(200);
              assertThat(head.header("Docker-Content-Digest")).hasValue(IMAGE.digest());
              assertThat(head.header("Content-Length")).hasValue("" + body.body().length());
              assertThat(head.header("Content-Type")).hasValue(IMAGE.manifest().mediaType());
            });
  }

  /** Assertion 6. */
  @Test
  void bytesAreUpstreamsToTheLastBlank() {
    // Given
    var oddlyWritten =
        new ImageManifest(
            IMAGE.manifest().mediaType(),
            IMAGE.manifest().json().replace(",", " ,\r\n\t").replace("{", "{ ") + "\n\n");
    mirror.registry().push("team/app", oddlyWritten, "odd");

    // When
    var cold = mirror.get("team/app/manifests/" + oddlyWritten.digest());
    var warm = mirror.get("team/app/manifests/odd");

    // Then
    assertThat(cold.text()).isEqualTo(oddlyWritten.json());
    assertThat(warm.text()).isEqualTo(oddlyWritten.json());
  }

  /** Assertion 14: containers/image sends one line a type. */
  @Test
  void manyAcceptLinesAreOneList() {
    // Given
    mirror.registry().honouringAccept();

    // When
    var answer =
        mirror.get(
            BY_TAG,
            "Accept: application/vnd.docker.distribution.manifest.v2+json",
            "Accept: application/vnd.oci.image.manifest.v1+json",
            "Accept: application/vnd.oci.image.index.v1+json");

    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Docker-Content-Digest")).hasValue(IMAGE.digest());
  }

  /** Assertion 15, S-45. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/vnd.docker.distribution.manifest.v2+json, */*",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/json",
        "*/*"
      })
  void acceptNeitherRefusesNorConverts(String accept) {
    // When
    var byDigest = mirror.get(BY_DIGEST, "Accept: " + accept);
    var byTag = mirror.get(BY_TAG, "Accept: " + accept);

    // Then
    assertThat(List.of(byDigest, byTag))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(200);
              assertThat(answer.header("Content-Type")).hasValue(IMAGE.manifest().mediaType());
              assertThat(answer.text()).isEqualTo(IMAGE.manifest().json());
            });
  }

  /** Assertion 16: containerd 2.1.0 to 2.1.2 ask for manifests so. */
  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-", "bytes=10-20", "bytes=99999999-"})
  void rangeOfAManifestIsAnsweredWithAllOfIt(String range) {
    // When
    var answer = mirror.get(BY_DIGEST, "Range: " + range);

    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo(IMAGE.manifest().json());
    assertThat(mirror.registry().requests()).allMatch(asked -> asked.header("Range").isEmpty());
  }

  /** Assertion 36. */
  @Test
  void manifestIsNeverAnsweredWithARedirectOrNotModified() {
    // When
    var cold = mirror.get(BY_DIGEST);
    var warm = mirror.get(BY_DIGEST, "If-None-Match: \"sha256:" + "0".repeat(64) + "\"");

    // Then
    assertThat(List.of(cold, warm)).allMatch(answer -> answer.status() == 200);
  }

  /** S-60: the specification wants 4 MiB to work. */
  @Test
  void manifestOfFourMebibytesIsServed() {
    // Given
    var padding = " ".repeat(4 << 20);
    var large = new ImageManifest(IMAGE.manifest().mediaType(), IMAGE.manifest().json() + padding);
    mirror.registry().push("team/app", large, "large");

    // When
    var answer = mirror.get("team/app/manifests/large");

    // Then
    assertThat(Hashing.digest(answer.body())).isEqualTo(large.digest());
  }

  /** Assertion 21. */
  @Test
  void manifestIsNeverCompressed() {
    // When
    var answer = mirror.get(BY_TAG, "Accept-Encoding: zstd;q=1.0, gzip;q=0.8, deflate;q=0.5");

    // Then
    assertThat(answer.header("Content-Encoding")).isEmpty();
    assertThat(answer.text()).isEqualTo(IMAGE.manifest().json());
    assertThat(mirror.registry().requests())
        .allMatch(asked -> asked.headers("Accept-Encoding").equals(List.of("identity")));
  }

  /** Assertion 35, the other way round. */
  @Test
  void blobIsNoManifest() {
    // Given
    var layer = IMAGE.layers().getFirst().digest();
    mirror.get("team/app/blobs/" + layer);

    // When
    var answer = mirror.get("team/app/manifests/" + layer);

    // Then
    assertThat(answer.status()).isEqualTo(404);
  }

  /** RFC 9211. */
  @Test
  void answerSaysHowItWasMade() {
    // When
    var cold = mirror.get(BY_TAG);
    var warm = mirror.get(BY_TAG);
    var byDigest = mirror.get(BY_DIGEST);

    // Then
    assertThat(cold.header("Cache-Status")).hasValue("entrepot; fwd=uri-miss; stored");
    assertThat(warm.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(byDigest.header("Cache-Status")).hasValue("entrepot; hit");
  }
}
