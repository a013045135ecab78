package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartIT {

  private static final int MANY = 100_000;

  @TempDir private Path directory;

  @Test
  void aHundredThousandBlobsAreThereAtOnceAndNoneIsRead() throws IOException {
    // Given
    for (int i = 0; i < MANY; i++) {
      Files.write(file(i), new byte[] {1});
    }

    // When
    Start first = start();
    Start second = start();

    // Then
    System.out.printf(
        "start with %d blobs: %s without INDEX, %s with it%n", MANY, first.time(), second.time());
    assertThat(first.count()).isEqualTo(MANY);
    assertThat(first.reads()).isZero();
    assertThat(second.count()).isEqualTo(MANY);
    // The index alone, and no look at any blob.
    assertThat(second.reads()).isEqualTo(1);
    assertThat(second.looks()).isLessThan(10);
  }

  private record Start(Duration time, long count, int reads, int looks) {}

  /** And stops in an orderly way. */
  private Start start() {
    FaultyVolume volume = new FaultyVolume(directory);
    long before = System.nanoTime();
    try (ContentCache cache =
        ContentCache.open(
            CacheToKill.properties(directory),
            InstantSource.system(),
            Meters.unread(),
            volume,
            Tuning.standard())) {
      Duration time = Duration.ofNanos(System.nanoTime() - before);
      int reads = volume.uses("read");
      int looks = volume.uses("attributes");
      long count = result(cache.inventory().totals()).count();
      return new Start(time, count, reads, looks);
    }
  }

  private Path file(int number) throws IOException {
    byte[] seed = {(byte) number, (byte) (number >> 8), (byte) (number >> 16)};
    String hex = Digest.sha256Of(seed).hex();
    Path prefix = directory.resolve("blobs/sha256").resolve(hex.substring(0, 2));
    return Files.createDirectories(prefix).resolve(hex);
  }
}
