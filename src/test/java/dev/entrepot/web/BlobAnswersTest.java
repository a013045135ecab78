package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Body;
import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer.End;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

/** What clients rely on in answers about blobs. */
final class BlobAnswersTest {

  private static final TestBlob BLOB = TestBlob.of(1, 600_000);
  private static final String PATH = "team/app/blobs/" + BLOB.digest();

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", BLOB);
  }

  @Test
  void blobIsServedWholeColdAndWarm() {
    // When
    var cold = mirror.get(PATH);
    mirror.awaitStored(BLOB.digest());
    var warm = mirror.get(PATH);

    // Then
    assertThat(List.of(cold, warm))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(200);
              assertThat(answer.header("Content-Length")).hasValue("600000");
              assertThat(answer.header("Content-Type")).hasValue("application/octet-stream");
              assertThat(answer.header("Docker-Content-Digest")).hasValue(BLOB.digest());
              assertThat(answer.header("Accept-Ranges")).hasValue("bytes");
              assertThat(Hashing.digest(answer.body())).isEqualTo(BLOB.digest());
            });
    assertThat(cold.header("Cache-Status")).hasValue("entrepot; fwd=uri-miss; stored");
    assertThat(warm.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  /** Assertion 4. */
  @Test
  void headOfABlobTellsItsLengthColdAndWarm() {
    // When
    var cold = mirror.head(PATH);
    mirror.get(PATH);
    var warm = mirror.head(PATH);

    // Then
    assertThat(List.of(cold, warm))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(200);
              assertThat(answer.headers("Content-Length")).containsExactly("600000");
              assertThat(answer.header("Docker-Content-Digest")).hasValue(BLOB.digest());
            });
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  /** Assertion 4: an upstream that does not say how long a blob is. */
  @Test
  void headOfABlobOfUnknownLengthClaimsNone() {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.chunked());

    // When
    try (var probe = mirror.connect()) {
      var head = probe.exchange("HEAD", ProxiedRegistry.target(PATH));
      var next = probe.exchange("GET", "/v2/");

      // Then
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Content-Length")).isNotEqualTo(Optional.of("0"));
      assertThat(next.text()).isEqualTo("{}");
    }
  }

  @Test
  void blobOfUnknownLengthIsServedWhole() {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.chunked());

    // When
    var cold = mirror.get(PATH);
    var warm = mirror.get(PATH, "Range: bytes=5-9");

    // Then
    assertThat(cold.end()).isEqualTo(End.COMPLETE);
    assertThat(Hashing.digest(cold.body())).isEqualTo(BLOB.digest());
    assertThat(warm.header("Content-Range")).hasValue("bytes 5-9/600000");
  }

  @Test
  void emptyBlobIsServed() {
    // Given
    var empty = TestBlob.of(2, 0);
    mirror.registry().push("team/app", empty);

    // When
    var cold = mirror.get("team/app/blobs/" + empty.digest());
    var warm = mirror.get("team/app/blobs/" + empty.digest());

    // Then
    assertThat(List.of(cold, warm))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(200);
              assertThat(answer.headers("Content-Length")).containsExactly("0");
              assertThat(answer.end()).isEqualTo(End.COMPLETE);
            });
  }

  /** S-43. */
  @Test
  void blobWithASha512DigestIsServed() throws NoSuchAlgorithmException {
    // Given
    var hash = MessageDigest.getInstance("SHA-512").digest(BLOB.toBytes());
    var digest = "sha512:" + HexFormat.of().formatHex(hash);
    mirror.registry().pushBlob("team/app", digest, BLOB);

    // When
    var cold = mirror.get("team/app/blobs/" + digest);
    mirror.awaitStored(digest);
    var warm = mirror.get("team/app/blobs/" + digest);

    // Then
    assertThat(Hashing.digest(cold.body())).isEqualTo(BLOB.digest());
    assertThat(warm.header("Docker-Content-Digest")).hasValue(digest);
    assertThat(warm.header("Cache-Status")).hasValue("entrepot; hit");
  }

  /** Assertion 21. */
  @ParameterizedTest
  @ValueSource(
      strings = {"gzip", "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5", "br", "*", "identity;q=0"})
  void blobIsNeverCompressed(String accepted) {
    // When
    var cold = mirror.get(PATH, "Accept-Encoding: " + accepted);
    var warm = mirror.get(PATH, "Accept-Encoding: " + accepted);

    // Then
    assertThat(List.of(cold, warm))
        .allSatisfy(
            answer -> {
              assertThat(answer.header("Content-Encoding")).isEmpty();
              assertThat(Hashing.digest(answer.body())).isEqualTo(BLOB.digest());
            });
    assertThat(mirror.registry().requests())
        .allMatch(asked -> asked.headers("Accept-Encoding").equals(List.of("identity")));
  }

  /** Assertion 26. */
  @Test
  void manyWhoAskAtOnceCauseOneUpstreamRequest() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.holdAt(1000, gate));
    var probes = new ArrayList<HttpProbe>();

    // When
    for (int client = 0; client < 12; client++) {
      probes.add(mirror.connect().request("GET", ProxiedRegistry.target(PATH)));
    }
    for (var probe : probes) {
      assertThat(probe.readHead().status()).isEqualTo(200);
      assertThat(probe.read(1000)).isEqualTo(BLOB.bytes(0, 1000));
    }
    gate.open();

    // Then
    for (var probe : probes) {
      assertThat(probe.read(599_000)).isEqualTo(BLOB.bytes(1000, 599_000));
      probe.close();
    }
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  /** Assertion 26, B 16. */
  @Test
  void clientThatLeavesStopsNobodyElse() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.holdAt(100_000, gate));
    var leaving = mirror.connect().request("GET", ProxiedRegistry.target(PATH));
    leaving.readHead();
    leaving.read(1000);

    // When
    leaving.reset();
    gate.open();
    var staying = mirror.get(PATH);

    // Then
    assertThat(Hashing.digest(staying.body())).isEqualTo(BLOB.digest());
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  /** B 16: containerd's parallel fetch closes most of its connections in mid-body. */
  @Test
  void fillGoesOnWhenEveryClientHasLeft() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.holdAt(100_000, gate));
    for (int client = 0; client < 5; client++) {
      var leaving = mirror.connect().request("GET", ProxiedRegistry.target(PATH));
      leaving.readHead();
      leaving.read(1000);
      leaving.reset();
    }

    // When
    gate.open();
    var later = mirror.get(PATH);

    // Then
    assertThat(Hashing.digest(later.body())).isEqualTo(BLOB.digest());
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  /** Assertion 22, second half: headers follow upstream's, not its last byte. */
  @Test
  void headersAndFirstBytesAreSentWhileUpstreamStillSends() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.holdAt(10, gate));

    // When
    try (var probe = mirror.connect().request("GET", ProxiedRegistry.target(PATH))) {
      var head = probe.readHead();
      var first = probe.read(10);

      // Then
      assertThat(head.header("Content-Length")).hasValue("600000");
      assertThat(first).isEqualTo(BLOB.bytes(0, 10));
    }
    gate.open();
  }

  /** Assertion 35. */
  @Test
  void manifestIsNoBlobUnlessUpstreamSaysSo() {
    // Given
    var image = TestImage.create(3);
    mirror.registry().push("team/app", image, "v1");
    mirror.get("team/app/manifests/" + image.digest());

    // When
    var asBlob = mirror.get("team/app/blobs/" + image.digest());
    var head = mirror.head("team/app/blobs/" + image.digest());
    mirror.registry().pushBlob("team/app", image.digest(), Body.of(image.manifest().json()));
    mirror.clock().advance(Duration.ofSeconds(5));
    var trulyABlob = mirror.get("team/app/blobs/" + image.digest());

    // Then
    assertThat(asBlob.status()).isEqualTo(404);
    assertThat(head.status()).isEqualTo(404);
    assertThat(trulyABlob.text()).isEqualTo(image.manifest().json());
  }

  /** Assertion 36: the client never learns of the signed URL behind. */
  @Test
  void redirectIsFollowedHereAndNotPassedOn() {
    // Given
    try (var cdn = FakeCdn.start()) {
      mirror.registry().redirectingBlobs(cdn);

      // When
      var head = mirror.head(PATH);
      var get = mirror.get(PATH);

      // Then
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Location")).isEmpty();
      assertThat(get.header("Location")).isEmpty();
      assertThat(Hashing.digest(get.body())).isEqualTo(BLOB.digest());
    }
  }

  /** S-27: only what we write ourselves goes to the client. */
  @Test
  void upstreamsHeadersAreNotPassedOn() {
    // Given
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.any())
        .always(
            Fault.header("Set-Cookie", "session=secret")
                .and(Fault.header("Server", "upstream/1"))
                .and(Fault.header("Strict-Transport-Security", "max-age=1")));

    // When
    var answer = mirror.get(PATH);

    // Then
    assertThat(answer.headers())
        .extracting(header -> header.name().toLowerCase(Locale.ROOT))
        .containsExactlyInAnyOrder(
            "docker-distribution-api-version",
            "cache-status",
            "oci-namespace",
            "docker-content-digest",
            "etag",
            "accept-ranges",
            "content-type",
            "content-length");
  }

  @Test
  void blobTheDiskHasNoRoomForIsNotCalledStored() {
    // Given
    mirror.restart(recipe -> recipe.maxSize(DataSize.ofKilobytes(1)));
    var blob = TestBlob.of(77, 300_000);
    mirror.registry().push("team/app", blob);

    // When
    var answer = mirror.get("team/app/blobs/" + blob.digest());

    // Then
    assertThat(answer.header("Cache-Status")).hasValue("entrepot; fwd=uri-miss");
    assertThat(answer.body().toBytes()).isEqualTo(blob.toBytes());
  }
}
