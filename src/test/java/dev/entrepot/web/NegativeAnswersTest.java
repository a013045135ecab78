package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** For how long upstream's word that there is nothing is repeated. */
final class NegativeAnswersTest {

  private static final TestImage IMAGE = TestImage.create(91);
  private static final TestImage LATER = TestImage.create(92);
  private static final TestBlob BLOB = TestBlob.of(93, 1000);
  private static final String TAG = "team/app/manifests/later";
  private static final Duration MEMORY = Duration.ofSeconds(5);

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", IMAGE, "v1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "team/app/manifests/missing",
        "team/app/manifests/sha256:"
            + "1111111111111111111111111111111111111111111111111111111111111111",
        "team/app/blobs/sha256:"
            + "2222222222222222222222222222222222222222222222222222222222222222"
      })
  void missingContentIsAskedForOnceInAWhileByWhateverMethod(String path) {
    // Given
    var first = mirror.head(path);
    var asked = mirror.registry().requests().size();

    // When
    mirror.clock().advance(MEMORY.minusMillis(1));
    var head = mirror.head(path);
    var get = mirror.get(path);
    var askedMeanwhile = mirror.registry().requests().size();
    mirror.clock().advance(Duration.ofMillis(1));
    var later = mirror.get(path);

    // Then
    assertThat(first.status()).isEqualTo(404);
    assertThat(head.status()).isEqualTo(404);
    assertThat(get.status()).isEqualTo(404);
    assertThat(get.header("Cache-Status")).hasValue("entrepot; hit; detail=negative");
    assertThat(askedMeanwhile).isEqualTo(asked);
    assertThat(later.header("Cache-Status").orElse("")).doesNotContain("negative");
    assertThat(mirror.registry().requests()).hasSizeGreaterThan(asked);
  }

  @Test
  void deletedTagIsAskedForOnceToo() {
    // Given
    mirror.get("team/app/manifests/v1");
    mirror.registry().untag("team/app", "v1");
    mirror.clock().advance(Duration.ofSeconds(60));

    // When
    var gone = mirror.head("team/app/manifests/v1");
    mirror.registry().log().clear();
    var again = mirror.get("team/app/manifests/v1");

    // Then
    assertThat(gone.status()).isEqualTo(404);
    assertThat(again.header("Cache-Status")).hasValue("entrepot; hit; detail=negative");
    assertThat(mirror.registry().requests()).isEmpty();
  }

  @Test
  void whatAnotherNameBroughtIsNotMissingAnyLonger() {
    // Given
    mirror.get("team/app/manifests/" + LATER.digest());
    mirror.registry().push("team/app", LATER, "later");

    // When
    var byTag = mirror.get(TAG);
    var byDigest = mirror.get("team/app/manifests/" + LATER.digest());

    // Then
    assertThat(byTag.status()).isEqualTo(200);
    assertThat(byDigest.status()).isEqualTo(200);
  }

  @Test
  void oneRepositorysLackIsNotAnothers() {
    // Given
    mirror.registry().push("team/other", BLOB);
    mirror.get("team/app/blobs/" + BLOB.digest());

    // When
    var other = mirror.get("team/other/blobs/" + BLOB.digest());

    // Then
    assertThat(other.status()).isEqualTo(200);
  }

  @Test
  void withoutMemoryEveryRequestAsks() {
    // Given
    mirror.restart(recipe -> recipe.cache(settings -> settings.missingFreshness(Duration.ZERO)));
    mirror.get(TAG);
    mirror.registry().push("team/app", LATER, "later");

    // When
    var pushed = mirror.get(TAG);

    // Then
    assertThat(pushed.status()).isEqualTo(200);
  }

  /** Scorecard 40. */
  @Test
  void clockThatIsSetBackDoesNotKeepContentMissing() {
    // Given
    mirror.get(TAG);
    mirror.registry().push("team/app", LATER, "later");
    mirror.clock().advance(Duration.ofHours(-1));
    mirror.get(TAG);

    // When
    mirror.clock().advance(MEMORY);
    var pushed = mirror.get(TAG);

    // Then
    assertThat(pushed.status()).isEqualTo(200);
  }
}
