package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.StepVerifier;

class RecheckTest {

  @TempDir private Path directory;

  @Test
  void aRoundThatTheCachesClosingEndsIsNotTakenForWhole() throws InterruptedException {
    // Given
    try (CacheUnderTest under = new CacheUnderTest(directory)) {
      under.keep(random(1, 1000));
      under.keep(random(2, 1000));
      Thread closing = Thread.ofPlatform().unstarted(under.cache()::close);

      // When
      var round =
          under
              .cache()
              .recheck()
              .all()
              .doOnNext(
                  _ -> {
                    closing.start();
                    await(() -> isWaitingForThreads(closing));
                  });

      // Then
      StepVerifier.create(round)
          .expectNextCount(1)
          .expectErrorSatisfies(
              error ->
                  assertThat(error)
                      .isInstanceOf(CacheException.class)
                      .hasMessageContaining("closed before the end"))
          .verify(PATIENCE);
      closing.join();
    }
  }

  private static boolean isWaitingForThreads(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(DiskThreads.class.getName()));
  }
}
