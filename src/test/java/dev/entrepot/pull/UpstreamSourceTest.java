package dev.entrepot.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.cache.CacheProperties;
import dev.entrepot.cache.ContentCache;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.oci.RegistryRequestParser;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.CacheSettings;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestRule;
import dev.entrepot.testing.Timeouts;
import dev.entrepot.upstream.EgressProxy;
import dev.entrepot.upstream.RegistryClients;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamSourceTest {

  private static final TestBlob BLOB = TestBlob.of(1, 100_000);

  /** More than an endpoint is judged by. */
  private static final int READERS = 40;

  @TempDir private Path directory;
  private final FakeRegistry registry = FakeRegistry.start().push("team/app", BLOB);
  private final PullProperties pulls =
      new PullProperties(
          List.of(TestRule.of(ProxiedRegistry.HOST, registry.uri()).build()),
          Optional.empty(),
          false);
  private final RegistryClients clients =
      new RegistryClients(
          pulls.upstreams(),
          Timeouts.all(Await.DEADLINE),
          EgressProxy.none(),
          InstantSource.system(),
          Meters.unread());
  private ContentCache cache;
  private UpstreamSource source;

  @BeforeEach
  void open() {
    CacheProperties properties = CacheSettings.in(directory).properties();
    cache = ContentCache.open(properties, InstantSource.system(), Meters.unread());
    Upstreams upstreams = Upstreams.of(pulls, clients);
    Origin origin = new Origin(() -> upstreams, false);
    var asked =
        (RegistryRequest.Blob)
            RegistryRequestParser.parse(
                "/v2/team/app/blobs/" + BLOB.digest(), "ns=" + ProxiedRegistry.HOST);
    source =
        new UpstreamSource(
            upstreams.routes().route(asked.name(), "mirror"),
            Digest.parse(BLOB.digest()),
            origin,
            new Rights(
                origin,
                cache.links(),
                Duration.ofHours(1),
                InstantSource.system(),
                Meters.unread()));
  }

  @AfterEach
  void close() {
    cache.close();
    clients.close();
    registry.close();
  }

  /** Otherwise one wrong blob would have an endpoint left alone that has much else to give. */
  @Test
  void whoSentSomethingElseToManyReadersIsBlamedOnce() {
    // Given
    readAll();

    // When
    for (int reader = 0; reader < READERS; reader++) {
      source.provedWrong();
    }

    // Then
    assertThat(readAll()).isEqualTo(BLOB.length());
  }

  private long readAll() {
    return source
        .open(0, Long.MAX_VALUE)
        .flatMapMany(stream -> stream.bytes())
        .toStream()
        .mapToLong(UpstreamSourceTest::release)
        .sum();
  }

  private static long release(ByteBuf bytes) {
    long count = bytes.readableBytes();
    bytes.release();
    return count;
  }
}
