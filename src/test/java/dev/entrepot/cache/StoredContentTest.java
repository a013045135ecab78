package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.read;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.ScriptedSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;

class StoredContentTest {

  @TempDir private Path directory;
  @TempDir private Path elsewhere;
  private final byte[] content = random(1, 1_000_000);
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
  void whatWasNeverFetchedIsNotStored() {
    // Given
    Digest digest = Digest.sha256Of(content);

    // When
    var stored = result(under.cache().stored(digest));

    // Then
    assertThat(stored).isEmpty();
  }

  @Test
  void aRestartKeepsWhatIsStored() {
    // Given
    under.keep(content);

    // When
    under.reopen();

    // Then
    assertThat(readAll(under.stored(content))).isEqualTo(content);
    assertThat(read(under.stored(content), 10, 20)).isEqualTo(Arrays.copyOfRange(content, 10, 20));
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedFileIsAMissAndHeals(Damage damage) throws IOException {
    // Given
    under.keep(content);
    damage.afflict(under.file(content), elsewhere);

    // When
    boolean isStored = under.isStored(content);

    // Then
    assertThat(isStored).isFalse();
    ScriptedSource source = under.source(content);
    assertThat(readAll(under.fetch(Digest.sha256Of(content), source).content())).isEqualTo(content);
    assertThat(source.opens()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void aFileDamagedWhileStoppedIsAMissAndHeals(Damage damage) throws IOException {
    // Given
    under.keep(content);
    FileTime time = Files.getLastModifiedTime(under.file(content));
    damage.afflict(under.file(content), elsewhere);
    if (Files.isRegularFile(under.file(content))) {
      Files.setLastModifiedTime(under.file(content), time);
    }
    under.reopen();

    // When
    boolean isStored = under.isStored(content);
    under.keep(content);

    // Then
    assertThat(isStored).isFalse();
    assertThat(readAll(under.stored(content))).isEqualTo(content);
    assertThat(under.file(content)).isRegularFile();
  }

  @Test
  void aSymlinkIsRemovedButNotWhatItPointsAt() throws IOException {
    // Given
    under.keep(content);
    Damage.SYMLINK.afflict(under.file(content), elsewhere);

    // When
    under.isStored(content);

    // Then
    assertThat(elsewhere.resolve("target")).hasBinaryContent(content);
    assertThat(under.file(content)).doesNotExist();
  }

  // Scorecard 28.
  @Test
  void nothingIsWrittenOrDeletedWhereASymlinkedDirectoryPoints() throws IOException {
    // Given
    under.keep(content);
    Damage.SYMLINKED_DIRECTORY.afflict(under.file(content), elsewhere);

    // When
    under.isStored(content);
    under.keep(content);

    // Then
    assertThat(elsewhere.resolve("target").resolve(Digest.sha256Of(content).hex()))
        .hasBinaryContent(content);
    assertThat(CacheUnderTest.files(elsewhere.resolve("target"))).hasSize(1);
    assertThat(under.file(content).toRealPath()).isEqualTo(under.file(content));
    assertThat(readAll(under.stored(content))).isEqualTo(content);
  }

  @Test
  void largeContentIsServedWhileItIsVerifiedButNotToItsEnd() throws IOException {
    // Given
    under.close();
    under = new CacheUnderTest(directory, DataSize.ofGigabytes(1), 1000);
    under.keep(content);
    Damage.FLIPPED.afflict(under.file(content), elsewhere);
    under.reopen();

    // When
    Content stored = under.stored(content);

    // Then
    assertThatThrownBy(() -> readAll(stored))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("the next pull fetches it again");
    assertThat(under.isStored(content)).isFalse();
  }

  @Test
  void largeContentThatIsWholeIsServedWhileItIsVerified() {
    // Given
    under.close();
    under = new CacheUnderTest(directory, DataSize.ofGigabytes(1), 1000);
    under.keep(content);
    under.reopen();

    // When
    byte[] received = readAll(under.stored(content));

    // Then
    assertThat(received).isEqualTo(content);
  }

  @Test
  void aFileThatShrinksWhileItIsReadEndsShort() throws IOException {
    // Given
    under.keep(content);
    Content stored = under.stored(content);
    Damage.EMPTIED.afflict(under.file(content), elsewhere);

    // When
    Mono<byte[]> read = CacheUnderTest.bytes(stored.read(0, Long.MAX_VALUE));

    // Then
    assertThatThrownBy(() -> read.block(PATIENCE)).isInstanceOf(RegistryException.class);
    assertThat(under.isStored(content)).isFalse();
  }

  @Test
  void smallContentComesInOneBufferOfItsSize() {
    // Given
    byte[] small = random(2, 4096);
    under.keep(small);

    // When
    var buffers = result(under.stored(small).read(0, Long.MAX_VALUE).collectList());

    // Then
    assertThat(buffers).hasSize(1);
    assertThat(buffers.getFirst().capacity()).isEqualTo(4096);
    buffers.forEach(buffer -> buffer.release());
  }

  @Test
  void aManifestIsKeptInMemoryAndOnDisk() {
    // Given
    byte[] manifest = random(3, 2000);
    Digest digest = Digest.sha256Of(manifest);

    // When
    under.cache().store(digest, manifest).block(PATIENCE);

    // Then
    assertThat(result(under.cache().bytes(digest))).contains(manifest);
    await(() -> under.isStored(manifest));
    assertThat(under.file(digest)).hasBinaryContent(manifest);
    assertThat(result(under.reopen().bytes(digest)).orElseThrow()).isEqualTo(manifest);
  }

  @Test
  void aDamagedManifestIsAMiss() throws IOException {
    // Given
    byte[] manifest = random(4, 2000);
    Digest digest = Digest.sha256Of(manifest);
    under.cache().store(digest, manifest).block(PATIENCE);
    await(() -> under.isStored(manifest));
    Damage.FLIPPED.afflict(under.file(digest), elsewhere);

    // When
    var found = result(under.reopen().bytes(digest));

    // Then
    assertThat(found).isEmpty();
    assertThat(under.file(digest)).doesNotExist();
  }

  @Test
  void wrongBytesAreNotStored() {
    // Given
    Digest digest = Digest.sha256Of(content);

    // When
    Mono<Void> stored = under.cache().store(digest, new byte[] {1});

    // Then
    assertThatThrownBy(() -> stored.block(PATIENCE)).isInstanceOf(RegistryException.class);
    assertThat(result(under.cache().bytes(digest))).isEmpty();
  }

  /** What may happen to a file behind our back. */
  enum Damage {
    FLIPPED,
    TRUNCATED,
    EMPTIED,
    REMOVED,
    DIRECTORY,
    SYMLINK,
    SYMLINKED_DIRECTORY,
    SYMLINKED_ALGORITHM;

    void afflict(Path file, Path elsewhere) throws IOException {
      switch (this) {
        case FLIPPED -> {
          byte[] bytes = Files.readAllBytes(file);
          bytes[0] ^= 1;
          Files.write(file, bytes);
          Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2030-02-01T00:00:00Z")));
        }
        case TRUNCATED -> truncate(file, Files.size(file) - 1);
        case EMPTIED -> truncate(file, 0);
        case REMOVED -> Files.delete(file);
        case DIRECTORY -> {
          Files.delete(file);
          Files.createDirectories(file.resolve("inside"));
        }
        case SYMLINK ->
            Files.createSymbolicLink(file, Files.move(file, elsewhere.resolve("target")));
        case SYMLINKED_DIRECTORY -> moveAway(file.resolve("..").normalize(), elsewhere);
        case SYMLINKED_ALGORITHM -> moveAway(file.resolve("../..").normalize(), elsewhere);
      }
    }

    private static void moveAway(Path path, Path elsewhere) throws IOException {
      Files.createSymbolicLink(path, Files.move(path, elsewhere.resolve("target")));
    }

    private static void truncate(Path file, long size) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(size);
      }
    }
  }
}
