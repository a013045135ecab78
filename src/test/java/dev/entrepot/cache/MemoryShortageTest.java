package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.read;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.ScriptedSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Where a buffer is refused, one pull may end, and nothing else. */
class MemoryShortageTest {

  private static final int SIZE = 12 * 1024 * 1024;
  private static final int FAR = 9 * 1024 * 1024;

  @TempDir private Path directory;
  private final byte[] content = random(1, SIZE);
  private final Digest digest = Digest.sha256Of(content);
  private CacheUnderTest under;

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @Test
  void aFlightThatCannotBeginFailsAndTheNextOneSucceeds() {
    // Given
    under.allocator.refuseOne("cache-write");
    ScriptedSource source = under.source(content);

    // When
    Mono<Fetch> fetch = under.cache().fetch(digest, source);

    // Then
    assertThatThrownBy(() -> fetch.block(PATIENCE))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("memory is short");
    await(() -> source.closed() == 1);
    assertThat(under.fills()).isEmpty();
    under.keep(content);
    assertThat(under.isStored(content)).isTrue();
  }

  @Test
  void aReaderThatGetsNoBufferEndsAlone() {
    // Given
    ScriptedSource source = under.source(content).gatedAt(SIZE / 2);
    Fetch fetch = under.fetch(digest, source);
    read(fetch.content(), 0, SIZE / 4);
    under.allocator.refuseOne("cache-read");

    // When
    Mono<byte[]> refused = bytes(fetch.content().read(0, Long.MAX_VALUE));

    // Then
    assertThatThrownBy(() -> refused.block(PATIENCE))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("memory is short");
    source.openGate();
    assertThat(readAll(fetch.content())).isEqualTo(content);
    fetch.done().block(PATIENCE);
    assertThat(under.isStored(content)).isTrue();
  }

  @Test
  void aReaderFarAheadThatGetsNoRequestEndsAlone() {
    // Given
    ScriptedSource source = under.source(content).gatedAt(SIZE / 4);
    Fetch fetch = under.fetch(digest, source);
    under.allocator.refuseOne("cache-read");

    // When
    Mono<byte[]> refused = bytes(fetch.content().read(FAR, FAR + 1000));

    // Then
    assertThatThrownBy(() -> refused.block(PATIENCE))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("memory is short");
    source.openGate();
    assertThat(readAll(fetch.content())).isEqualTo(content);
  }

  @Test
  void aFlightThatGetsNoRequestForTheRestFailsAndWhoComesThenIsTold() {
    // Given
    ScriptedSource source = under.source(content).gatedAt(FAR + 500_000);
    Optional<ByteRange> wish = Optional.of(new ByteRange(FAR, FAR + 1_000_000));
    Fetch fetch = result(under.cache().fetch(digest, source, wish));
    Mono<byte[]> whole = bytes(fetch.content().read(0, Long.MAX_VALUE));
    under.allocator.refuseOne("cache-write");

    // When
    source.openGate();

    // Then
    assertThatThrownBy(() -> fetch.done().block(PATIENCE))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("memory is short");
    assertThatThrownBy(() -> whole.block(PATIENCE)).isInstanceOf(RegistryException.class);
    assertThat(under.fills()).isEmpty();
  }

  /** Parts that came out of order are read back to be hashed, which takes a buffer. */
  @Test
  void readersGoOnFromTheSourceWhereNothingCanBeHashed() {
    // Given
    ScriptedSource source = under.source(content).gatedAt(SIZE / 4);
    Fetch fetch = under.fetch(digest, source);
    Mono<byte[]> end = bytes(fetch.content().read(FAR, Long.MAX_VALUE)).cache();
    end.subscribe();
    await(() -> source.sent() >= SIZE / 4 + SIZE - FAR);
    Mono<byte[]> whole = bytes(fetch.content().read(0, Long.MAX_VALUE)).cache();
    whole.subscribe();
    under.allocator.refuseOne("cache-write");

    // When
    source.openGate();

    // Then
    assertThat(result(whole)).isEqualTo(content);
    await(under.allocator::hasRefused);
    await(() -> under.flights("uncached") == 1);
    assertThat(under.fills()).isEmpty();
  }

  /** Nothing was found out about it: that is no damage. */
  @Test
  void aBlobThatCannotBeVerifiedIsKept() throws IOException {
    // Given
    under.keep(content);
    Files.setLastModifiedTime(under.file(digest), FileTime.fromMillis(0));
    under.allocator.refuseOne("cache-read");

    // When
    boolean isServed = under.isStored(content);

    // Then
    assertThat(isServed).isFalse();
    assertThat(under.allocator.hasRefused()).isTrue();
    assertThat(readAll(under.stored(content))).isEqualTo(content);
  }

  @Test
  void scrubbingGoesOnWhereItStopped() {
    // Given
    under.keep(content);
    under.reopen();
    under.clock.advance(Duration.ofDays(8));
    under.allocator.refuseOne("cache-upkeep");

    // When
    await(
        () -> {
          under.timer.advanceTimeBy(Duration.ofMinutes(1));
          return under.allocator.hasRefused();
        });

    // Then
    await(
        () -> {
          under.timer.advanceTimeBy(Duration.ofMinutes(1));
          return under.meters.counter("entrepot.cache.scrubbed.bytes").count() >= SIZE;
        });
  }
}
