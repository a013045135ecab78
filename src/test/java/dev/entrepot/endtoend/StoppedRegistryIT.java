package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestingProxy;
import dev.entrepot.upstream.UpstreamProperties;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real registry goes away for a while and comes back. */
final class StoppedRegistryIT {

  private static final TestImage IMAGE = TestImage.create(1100);
  private static final TestImage NEXT = TestImage.create(1101);
  private static final String TAG = "/v2/team/app/manifests/v1?ns=registry.test";

  @TempDir private Path directory;

  @Test
  void agedTagIsServedWhileTheRegistryIsDownAndFollowedWhenItIsBack() {
    var clock = MutableClock.create();
    try (var registry = DockerRegistry.open(directory).push(IMAGE, "team/app", "v1");
        var proxy =
            TestingProxy.in(directory)
                .clock(clock)
                .upstreams(
                    UpstreamProperties.of(
                        "registry.test", List.of(registry.uri()), CredentialProperties.anonymous()))
                .start();
        var connection = HttpProbe.connect(proxy.uri())) {
      // Given
      new Pull(connection, "registry.test").image("team/app", "v1", IMAGE);
      registry.stop();
      clock.advance(Duration.ofMinutes(10));

      // When
      var stale = connection.exchange("GET", TAG);
      new Pull(connection, "registry.test").image("team/app", "v1", IMAGE);

      // Then
      assertThat(stale.status()).isEqualTo(200);
      assertThat(stale.text()).isEqualTo(IMAGE.manifest().json());
      assertThat(stale.header("Cache-Status").orElseThrow())
          .startsWith("entrepot; hit; fwd=stale; fwd-status=504");

      // When: it is back, and asked again after the rest it is given
      registry.startAgain();
      clock.advance(Duration.ofMinutes(1));
      var confirmed = connection.exchange("GET", TAG);
      registry.push(NEXT, "team/app", "v1");
      clock.advance(Duration.ofMinutes(10));
      var changed = connection.exchange("GET", TAG);

      // Then
      assertThat(confirmed.header("Cache-Status").orElseThrow())
          .startsWith("entrepot; hit; fwd=stale; fwd-status=200");
      assertThat(changed.text()).isEqualTo(NEXT.manifest().json());
    }
  }
}
