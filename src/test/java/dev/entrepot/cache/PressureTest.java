package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class PressureTest {

  private static final int SIZE = 200_000;
  private static final int FITTING = 6;
  private static final int ROOM = FITTING * SIZE;

  /** More than fit, so that room is short; so few that what fits is not in use all the time. */
  private static final int READERS = 20;

  @TempDir private Path directory;
  private final List<byte[]> blobs =
      IntStream.range(0, 30).mapToObj(i -> random(i, SIZE - i)).toList();

  // Scorecard 29.
  @Test
  void everyReadIsExactAndTheCacheNeverTooLargeUnderConstantEviction() {
    // Given
    AtomicLong largest = new AtomicLong();
    try (CacheUnderTest under =
        new CacheUnderTest(directory, DataSize.ofBytes(ROOM), Long.MAX_VALUE)) {
      Random choices = new Random(7);
      List<Integer> pulls = IntStream.range(0, 600).mapToObj(_ -> choices.nextInt(30)).toList();

      // When
      Long exact =
          Flux.fromIterable(pulls)
              .flatMap(
                  number -> {
                    under.clock.advance(Duration.ofMillis(100));
                    return pull(under, blobs.get(number))
                        .doOnNext(_ -> largest.accumulateAndGet(size(under), Math::max));
                  },
                  READERS)
              .filter(isExact -> isExact)
              .count()
              .block(Duration.ofMinutes(1));

      // Then
      assertThat(exact).isEqualTo(600);
      assertThat(largest.get()).isBetween(1L, (long) ROOM);
      assertThat(under.flights("stored")).isGreaterThan(5 * FITTING);
      await(() -> under.fills().isEmpty());
    }
  }

  private static Mono<Boolean> pull(CacheUnderTest under, byte[] blob) {
    Digest digest = Digest.sha256Of(blob);
    return under
        .cache()
        .stored(digest)
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(
            Mono.defer(() -> under.cache().fetch(digest, under.source(blob)).map(Fetch::content)))
        .flatMap(content -> bytes(content.read(0, Long.MAX_VALUE)))
        .map(received -> Arrays.equals(received, blob));
  }

  private static long size(CacheUnderTest under) {
    return (long) under.meters.get("entrepot.cache.bytes").gauge().value();
  }
}
