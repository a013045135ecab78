package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scorecard 40: pulls while the clock is set forward or back. */
final class ClockJumpTest {

  private static final TestImage IMAGE = TestImage.create(101);
  private static final TestImage NEW = TestImage.create(102);
  private static final TestBlob BLOB = TestBlob.of(103, 10_000);
  private static final String TAG = "team/app/manifests/v1";
  private static final String LAYER = "team/app/blobs/" + BLOB.digest();

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void pull() {
    mirror.registry().push("team/app", IMAGE, "v1").push("team/app", BLOB);
    mirror.get(TAG);
    mirror.get(LAYER);
    mirror.awaitStored(BLOB.digest());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 13})
  void tagsAreFollowedAndContentStays(int hours) {
    // Given
    mirror.registry().push("team/app", NEW, "v1");

    // When
    mirror.clock().advance(Duration.ofHours(hours));
    var moved = mirror.get(TAG);
    var layer = mirror.get(LAYER);

    // Then
    assertThat(moved.text()).isEqualTo(NEW.manifest().json());
    assertThat(layer.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 13})
  void tokensAreRenewed(int hours) {
    // Given
    try (var tokens = FakeTokenServer.start(mirror.clock()).allow("acme", "secret")) {
      mirror.registry().protect(new RegistryAuth.Bearer(tokens));
      mirror.restart(
          recipe ->
              recipe.upstreams(mirror.rule().basic("acme", "secret").tokensFrom(tokens).build()));
      mirror.get("team/app/manifests/" + NEW.digest());
      mirror.registry().push("team/app", NEW, "v2");

      // When
      mirror.clock().advance(Duration.ofHours(hours));
      mirror.clock().advance(Duration.ofSeconds(6));
      var cold = mirror.get("team/app/manifests/v2");

      // Then
      assertThat(cold.status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 13})
  void upstreamThatWasLeftAloneIsAskedAgain(int hours) {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(503));
    for (int i = 0; i < 4; i++) {
      mirror.get("team/app/manifests/v2");
    }
    mirror.registry().chaos().clear();
    mirror.registry().push("team/app", NEW, "v2");

    // When
    mirror.clock().advance(Duration.ofHours(hours));
    mirror.get("team/app/manifests/v2");
    mirror.clock().advance(Duration.ofSeconds(46));
    var cold = mirror.get("team/app/manifests/v2");

    // Then
    assertThat(cold.status()).isEqualTo(200);
  }
}
