package dev.entrepot.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.cache.CacheProperties;
import dev.entrepot.cache.ContentCache;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryRequestParser;
import dev.entrepot.testing.CacheSettings;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestRule;
import dev.entrepot.testing.Timeouts;
import dev.entrepot.upstream.EgressProxy;
import dev.entrepot.upstream.RegistryClients;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Assertion 22: containerd gives up on a mirror after 30 s without headers, and old ones never. */
final class PatienceTest {

  @TempDir private Path directory;

  @Test
  void answerComesBeforeTheClientGivesUpHoweverLongUpstreamMayTake() {
    // Given
    Duration hour = Duration.ofHours(1);
    PullProperties pulls;
    try (FakeRegistry registry = FakeRegistry.start()) {
      registry.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
      pulls =
          new PullProperties(
              List.of(TestRule.of(ProxiedRegistry.HOST, registry.uri()).build()),
              Optional.empty(),
              false);
      CacheProperties cacheProperties =
          CacheSettings.in(directory)
              .tagAges(hour, hour)
              .missingFreshness(Duration.ZERO)
              .revocation(hour)
              .properties();
      try (RegistryClients clients =
              new RegistryClients(
                  pulls.upstreams(),
                  Timeouts.all(hour),
                  EgressProxy.none(),
                  InstantSource.system(),
                  Meters.unread());
          ContentCache cache =
              ContentCache.open(cacheProperties, InstantSource.system(), Meters.unread())) {
        Upstreams upstreams = Upstreams.of(pulls, clients);

        // When, Then
        StepVerifier.withVirtualTime(() -> pull(upstreams, cache, cacheProperties))
            .expectSubscription()
            .expectNoEvent(Duration.ofSeconds(25))
            .thenAwait(Duration.ofSeconds(4))
            .expectErrorSatisfies(
                error -> {
                  assertThat(error).isInstanceOf(RegistryException.class);
                  assertThat(((RegistryException) error).code())
                      .isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
                  assertThat(error).hasMessageContaining("within 27 s");
                })
            .verify(Duration.ofSeconds(20));
      }
    }
  }

  private static Mono<Answer> pull(
      Upstreams upstreams, ContentCache cache, CacheProperties properties) {
    PullService service =
        new PullService(
            () -> upstreams, cache, properties, InstantSource.system(), Meters.unread(), false);
    return service.answer(
        RegistryRequestParser.parse("/v2/team/app/manifests/v1", "ns=" + ProxiedRegistry.HOST),
        "mirror",
        false,
        Optional.empty());
  }
}
