package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCounted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the bytes of stored content get to a socket that takes them as they are. */
class SliceReaderTest {

  private static final int SIZE = 3_000_000;
  private static final int MANY = 4;

  @TempDir private Path directory;
  private final byte[] content = random(3, SIZE);
  private CacheUnderTest under;

  @BeforeEach
  void keepSomething() {
    under = new CacheUnderTest(directory);
    under.keep(content);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @Test
  void amongManyReadersTheFileIsSentAsItIs() {
    // Given
    List<HoldingSubscriber> others = readers(MANY);

    // When
    List<ReferenceCounted> pieces = piecesForSocket(10, SIZE - 10);
    others.forEach(HoldingSubscriber::cancel);

    // Then
    assertThat(pieces).hasSizeGreaterThan(3).allMatch(piece -> piece instanceof FileRegion);
    assertThat(sent(pieces)).isEqualTo(Arrays.copyOfRange(content, 10, SIZE - 10));
  }

  @Test
  void aFewReadersGetCopies() {
    // When
    List<ReferenceCounted> pieces = piecesForSocket(0, SIZE);

    // Then
    assertThat(pieces).allMatch(piece -> piece instanceof ByteBuf);
    assertThat(sent(pieces)).isEqualTo(content);
  }

  @Test
  void theFileStaysOpenUntilWhatWasHandedOutIsSent() throws IOException {
    // Given
    List<HoldingSubscriber> others = readers(MANY);
    List<ReferenceCounted> pieces = piecesForSocket(0, SIZE);
    others.forEach(HoldingSubscriber::cancel);

    // When
    Files.delete(under.file(content));

    // Then
    assertThat(sent(pieces)).isEqualTo(content);
    await(() -> openBlobs() == 0);
  }

  @Test
  void whatTheKernelDoesNotHoldIsCopied() throws IOException {
    // Given: a hole has no page in memory before somebody reads it.
    Path file = directory.resolve("hole");
    int size = 256 * 1024;
    try (RandomAccessFile hole = new RandomAccessFile(file.toFile(), "rw")) {
      hole.setLength(size);
    }
    Volume disk = new LocalVolume(directory);
    OpenFile open = new OpenFile(disk.open(file));
    BufferShare share = new BufferShare(size, 32 << 20);
    IntStream.range(0, MANY).forEach(_ -> share.portion());

    // When
    SliceReader reader =
        new SliceReader(
            new BufferReader(disk, new Buffers(new UnpooledByteBufAllocator(true))),
            OpenFile::release);
    try {
      ReferenceCounted first = reader.read(open, 0, size, share.portion());
      Files.write(file, content, StandardOpenOption.WRITE);
      ReferenceCounted again = reader.read(open, 0, size, share.portion());

      // Then
      assertThat(first).isInstanceOf(ByteBuf.class);
      assertThat(again).isInstanceOf(FileRegion.class);
      first.release();
      again.release();
    } finally {
      open.release();
    }
    assertThat(open.isOpen()).isFalse();
  }

  private List<HoldingSubscriber> readers(int count) {
    List<HoldingSubscriber> readers =
        IntStream.range(0, count).mapToObj(_ -> new HoldingSubscriber()).toList();
    readers.forEach(reader -> under.stored(content).read(0, SIZE).subscribe(reader));
    await(() -> readers.stream().allMatch(HoldingSubscriber::hasOne));
    return readers;
  }

  private List<ReferenceCounted> piecesForSocket(long from, long to) {
    return result(under.stored(content).readForSocket(from, to).collectList());
  }

  /** What a socket gets; the pieces are released. */
  private static byte[] sent(List<ReferenceCounted> pieces) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    WritableByteChannel socket = Channels.newChannel(bytes);
    for (ReferenceCounted piece : pieces) {
      try {
        switch (piece) {
          case ByteBuf buffer -> buffer.readBytes(bytes, buffer.readableBytes());
          case FileRegion part -> {
            while (part.transferred() < part.count()) {
              part.transferTo(socket, part.transferred());
            }
          }
          default -> throw new AssertionError("a socket takes no " + piece.getClass());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        piece.release();
      }
    }
    return bytes.toByteArray();
  }

  /** The blobs that this process has open. */
  private long openBlobs() {
    Path blobs = directory.resolve("blobs");
    return CacheUnderTest.files(Path.of("/proc/self/fd")).stream()
        .map(SliceReaderTest::target)
        .filter(target -> target.startsWith(blobs.toString()))
        .count();
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      // Closed since.
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
