package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestingProxy;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is cached for one repository says nothing to those who name another. */
final class VisibilityTest {

  private static final TestBlob BLOB = TestBlob.of(4, 300_000);
  private static final TestImage IMAGE = TestImage.create(5);
  private static final String OURS = "team/ours/blobs/" + BLOB.digest();
  private static final String THEIRS = "team/theirs/blobs/" + BLOB.digest();

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/ours", BLOB);
    mirror.registry().push("team/ours", IMAGE, "v1");
  }

  /** S-10. */
  @Test
  void cachedBlobIsNotVisibleThroughAnotherRepository() {
    // Given
    var coldGet = mirror.get(THEIRS);
    mirror.clock().advance(Duration.ofSeconds(5));
    var coldHead = mirror.head(THEIRS);
    mirror.get(OURS);
    mirror.clock().advance(Duration.ofSeconds(5));

    // When
    var warmGet = mirror.get(THEIRS);
    mirror.clock().advance(Duration.ofSeconds(5));
    var warmHead = mirror.head(THEIRS);
    var ranged = mirror.get(THEIRS, "Range: bytes=0-9");

    // Then
    assertThat(coldGet.status()).isEqualTo(404);
    assertThat(warmGet).usingRecursiveComparison().isEqualTo(coldGet);
    assertThat(warmHead).usingRecursiveComparison().isEqualTo(coldHead);
    assertThat(ranged.status()).isEqualTo(404);
    assertThat(ranged.header("Content-Range")).isEmpty();
  }

  /** S-10, while the blob is on its way. */
  @Test
  void blobInFlightIsNotVisibleThroughAnotherRepository() {
    // Given
    var gate = new Gate();
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.get("team/ours/blobs"))
        .always(Fault.holdAt(1000, gate));
    try (var ours = mirror.connect().request("GET", ProxiedRegistry.target(OURS))) {
      ours.readHead();

      // When
      var theirs = mirror.get(THEIRS);

      // Then
      assertThat(theirs.status()).isEqualTo(404);
      gate.open();
    }
  }

  /** S-10: upstream's word opens it, without a second transfer. */
  @Test
  void upstreamsWordMakesACachedBlobVisible() {
    // Given
    mirror.get(OURS);
    mirror.awaitStored(BLOB.digest());
    mirror.registry().push("team/theirs", BLOB);

    // When
    var theirs = mirror.get(THEIRS);
    var again = mirror.get(THEIRS);

    // Then
    assertThat(Hashing.digest(theirs.body())).isEqualTo(BLOB.digest());
    assertThat(theirs.header("Cache-Status"))
        .hasValue("entrepot; fwd=uri-miss; fwd-status=200; detail=content-known");
    assertThat(again.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  /** S-11: what others fetch gives nobody a right. */
  @Test
  void contentFetchedAnewForOneRepositoryStaysHiddenFromAnother() {
    // Given
    mirror.get(THEIRS);
    mirror.get(OURS);
    mirror.get(THEIRS);
    mirror.get(OURS);

    // When
    var theirs = mirror.head(THEIRS);

    // Then
    assertThat(theirs.status()).isEqualTo(404);
  }

  /** S-10, for manifests. */
  @Test
  void cachedManifestIsNotVisibleThroughAnotherRepository() {
    // Given
    mirror.get("team/ours/manifests/v1");

    // When
    var byDigest = mirror.get("team/theirs/manifests/" + IMAGE.digest());
    var head = mirror.head("team/theirs/manifests/" + IMAGE.digest());
    var byTag = mirror.get("team/theirs/manifests/v1");

    // Then
    assertThat(byDigest.status()).isEqualTo(404);
    assertThat(head.status()).isEqualTo(404);
    assertThat(byTag.status()).isEqualTo(404);
  }

  /** S-10: not even that it exists, when upstream cannot be asked. */
  @Test
  void deadUpstreamOpensNothing() {
    // Given
    mirror.get(OURS);
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.finBeforeHead());

    // When
    var theirs = mirror.get(THEIRS);

    // Then
    assertThat(theirs.status()).isEqualTo(504);
  }

  /** A registry that answers HEAD with a redirect proves the right without a word on the length. */
  @Test
  void rightProvedByARedirectIsRememberedForWhenUpstreamIsGone() {
    // Given
    mirror.registry().push("team/theirs", BLOB);
    mirror.get(OURS);
    mirror.awaitStored(BLOB.digest());
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.head("team/theirs/blobs"))
        .always(Fault.redirect(307, "https://cdn.invalid/blob"));
    mirror.get(THEIRS);

    // When
    mirror.restart(TestingProxy.Recipe::offline);
    var theirs = mirror.get(THEIRS);

    // Then
    assertThat(theirs.status()).isEqualTo(200);
    assertThat(theirs.body().toBytes()).isEqualTo(BLOB.toBytes());
  }
}
