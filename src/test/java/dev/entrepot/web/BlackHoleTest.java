package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestRule;
import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Scorecard 11 and 44: pulls while upstream, or its token server, is silent, with default limits.
 */
final class BlackHoleTest {

  private static final TestImage IMAGE = TestImage.create(98);
  private static final TestBlob BLOB = TestBlob.of(99, 10_000);
  private static final String TAG = "team/app/manifests/v1";
  private static final String MANIFEST = "team/app/manifests/" + IMAGE.digest();
  private static final String LAYER = "team/app/blobs/" + BLOB.digest();
  private static final Duration WARM = Duration.ofMillis(1500);
  private static final Duration COLD = Duration.ofSeconds(10);

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void pull() {
    mirror.registry().push("team/app", IMAGE, "v1").push("team/app", BLOB);
    mirror.get(TAG);
    mirror.get(LAYER);
    mirror.awaitStored(BLOB.digest());
  }

  @Test
  void warmImageIsPulledAndColdOnesFailInTimeWhenUpstreamTakesConnectionsAndSaysNothing() {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.neverAnswer());

    // When
    mirror.clock().advance(Duration.ofHours(1));

    // Then
    assertWarmIsServed();
    var cold = within(COLD, () -> mirror.get("team/app/manifests/v2"));
    assertThat(cold.status()).isEqualTo(504);
    assertWarmIsServed();
  }

  /** Nothing is ever heard from addresses kept for documentation. */
  @Test
  void warmImageIsPulledAndColdOnesFailInTimeWhenConnectionsAreNotTaken() {
    // Given
    mirror.restart(
        recipe ->
            recipe.upstreams(
                TestRule.of(ProxiedRegistry.HOST, URI.create("http://192.0.2.1:81/")).build()));

    // When
    mirror.clock().advance(Duration.ofHours(1));

    // Then
    assertWarmIsServed();
    var cold = within(COLD, () -> mirror.get("team/app/blobs/sha256:" + "3".repeat(64)));
    assertThat(cold.status()).isEqualTo(504);
    assertWarmIsServed();
  }

  @Test
  void warmImageIsPulledAndColdOnesFailInTimeWhenTheTokenServerSaysNothing() {
    // Given
    try (var tokens = FakeTokenServer.start(mirror.clock()).allow("acme", "secret")) {
      mirror.registry().protect(new RegistryAuth.Bearer(tokens));
      tokens.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
      mirror.restart(
          recipe ->
              recipe.upstreams(mirror.rule().basic("acme", "secret").tokensFrom(tokens).build()));

      // When
      mirror.clock().advance(Duration.ofHours(1));

      // Then
      assertWarmIsServed();
      var cold = within(COLD, () -> mirror.get("team/app/manifests/v2"));
      assertThat(cold.status()).isEqualTo(504);
    }
  }

  private void assertWarmIsServed() {
    var byTag = within(WARM, () -> mirror.get(TAG));
    var manifest = within(WARM, () -> mirror.get(MANIFEST));
    var layer = within(WARM, () -> mirror.get(LAYER));
    assertThat(byTag.text()).isEqualTo(IMAGE.manifest().json());
    assertThat(byTag.header("Cache-Status"))
        .hasValue("entrepot; hit; fwd=stale; fwd-status=504; detail=upstream-unreachable");
    assertThat(manifest.status()).isEqualTo(200);
    assertThat(layer.status()).isEqualTo(200);
  }

  private static ProbeAnswer within(Duration limit, Supplier<ProbeAnswer> pull) {
    long start = System.nanoTime();
    var answer = pull.get();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(limit);
    return answer;
  }
}
