package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileReadTest {

  private static final int SIZE = 1_000_000;

  @TempDir private Path directory;
  private final DiskThreads threads = new DiskThreads();
  private OpenFile file;
  private FileRead<ByteBuf> read;

  @BeforeEach
  void open() throws IOException {
    Path path = Files.write(directory.resolve("file"), new byte[SIZE]);
    Volume disk = new LocalVolume(directory);
    file = new OpenFile(disk.open(path));
    read =
        new FileRead<>(
            Progress.whole(SIZE),
            new Whoever(),
            threads,
            new BufferShare(64 * 1024, SIZE),
            new BufferReader(disk, new Buffers(new UnpooledByteBufAllocator(true))),
            0,
            SIZE);
  }

  @AfterEach
  void close() {
    threads.close();
    file.release();
  }

  /** Another thread would have to wake up first. */
  @Test
  void onADiskThreadTheFirstPieceComesAtOnce() {
    // When
    CompletableFuture<Boolean> isThere = new CompletableFuture<>();
    threads.write(
        () -> {
          CompletableFuture<Thread> first = firstPiece();
          isThere.complete(Thread.currentThread().equals(first.getNow(null)));
        });

    // Then
    assertThat(isThere.join()).isTrue();
  }

  @Test
  void noOtherThreadReads() {
    // When
    Thread reader = firstPiece().join();

    // Then
    assertThat(reader).isNotSameAs(Thread.currentThread());
    assertThat(reader.getName()).startsWith("cache-read");
  }

  private CompletableFuture<Thread> firstPiece() {
    CompletableFuture<Thread> first = new CompletableFuture<>();
    read.subscribe(
        piece -> {
          piece.release();
          first.complete(Thread.currentThread());
        });
    return first;
  }

  /** Who reads has the file for as long as it wants. */
  private final class Whoever implements FileRead.Access {

    @Override
    public OpenFile open() {
      return file;
    }

    @Override
    public void release(OpenFile opened) {
      // It stays open to the end of the test.
    }
  }
}
