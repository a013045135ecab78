package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code INDEX}: what one run knew of the stored blobs, for the next one. Losing it costs the order
 * of eviction and some reading; a damaged one is ignored.
 *
 * <p>Big-endian: magic, a byte that is 1 after a clean stop, a count, the entries, and a CRC-32C of
 * count and entries.
 */
final class IndexFile {

  private static final Logger log = LoggerFactory.getLogger(IndexFile.class);
  private static final long MAGIC = 0x454e_5452_4550_4f31L;
  private static final int CLEAN_AT = Long.BYTES;
  private static final int CHECKED_FROM = CLEAN_AT + 1;
  private static final int LARGEST = 1 << 30;

  private final CacheDirectory directory;
  private final Volume volume;
  private long lastSum = -1;

  IndexFile(CacheDirectory directory, Volume volume) {
    this.directory = directory;
    this.volume = volume;
  }

  /**
   * What the last run knew.
   *
   * @param entries by their digest's hex
   * @param isClean whether it ended in an orderly way after it wrote this
   */
  record Known(Map<String, Entry.Recorded> entries, boolean isClean) {

    static final Known NOTHING = new Known(Map.of(), false);
  }

  /** Blocks. The file does not count as clean any more. */
  Known read() {
    Path file = directory.index();
    try {
      if (volume.attributes(file).filter(FileLooks::isRegularFile).isEmpty()) {
        return Known.NOTHING;
      }
      ByteBuffer bytes = bytes(file);
      Map<String, Entry.Recorded> entries = entries(bytes).orElse(null);
      if (entries == null) {
        log.warn("INDEX ignored, it is damaged file={}", file);
        return Known.NOTHING;
      }
      return new Known(entries, bytes.get(CLEAN_AT) == 1 && spoiled(file));
    } catch (IOException e) {
      log.warn("INDEX not read file={} reason={}", file, e.toString());
      return Known.NOTHING;
    }
  }

  /** Blocks. Does nothing if nothing is new, unless this is the end. */
  synchronized void write(Collection<Entry> entries, boolean isClean) throws IOException {
    byte[] content = content(entries, isClean);
    long sum = ByteBuffer.wrap(content).getLong(content.length - Long.BYTES);
    if (sum == lastSum && !isClean) {
      return;
    }
    Path fill = directory.newFill();
    try {
      try (FileChannel channel = volume.create(fill)) {
        volume.write(channel, ByteBuffer.wrap(content), 0);
        volume.force(channel);
      }
      volume.rename(fill, directory.index());
      lastSum = sum;
    } catch (IOException e) {
      volume.delete(fill);
      throw e;
    }
  }

  /** Whether it could be noted that another run has begun. */
  private static boolean spoiled(Path file) {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      channel.write(ByteBuffer.wrap(new byte[] {0}), CLEAN_AT);
      channel.force(false);
      return true;
    } catch (IOException e) {
      log.warn("INDEX not trusted, it cannot be written file={} reason={}", file, e.toString());
      return false;
    }
  }

  private ByteBuffer bytes(Path file) throws IOException {
    try (FileChannel channel = volume.open(file)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(LARGEST, channel.size()));
      volume.read(channel, bytes, 0);
      return bytes.flip();
    }
  }

  private static Optional<Map<String, Entry.Recorded>> entries(ByteBuffer bytes) {
    int end = bytes.limit() - Long.BYTES;
    if (end < CHECKED_FROM + Integer.BYTES || bytes.getLong(0) != MAGIC) {
      return Optional.empty();
    }
    CRC32C sum = new CRC32C();
    sum.update(bytes.slice(CHECKED_FROM, end - CHECKED_FROM));
    if (sum.getValue() != bytes.getLong(end)) {
      return Optional.empty();
    }
    try {
      ByteBuffer content = bytes.position(CHECKED_FROM);
      int count = content.getInt();
      Map<String, Entry.Recorded> entries = HashMap.newHashMap(Math.clamp(count, 0, 1 << 20));
      for (int i = 0; i < count; i++) {
        Entry.Recorded entry = entry(content);
        entries.put(entry.digest().hex(), entry);
      }
      return Optional.of(entries);
    } catch (BufferUnderflowException | RegistryException _) {
      return Optional.empty();
    }
  }

  private static Entry.Recorded entry(ByteBuffer content) {
    byte[] hash = new byte[Byte.toUnsignedInt(content.get())];
    content.get(hash);
    Digest digest =
        new Digest(hash.length == 32 ? "sha256" : "sha512", HexFormat.of().formatHex(hash));
    FileLooks looks = new FileLooks(true, content.getLong(), content.getLong(), content.getLong());
    return new Entry.Recorded(digest, looks, content.getLong(), content.get(), content.getLong());
  }

  private static byte[] content(Collection<Entry> entries, boolean isClean) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    var recorded = entries.stream().map(Entry::recorded).toList();
    out.writeLong(MAGIC);
    out.writeByte(isClean ? 1 : 0);
    out.writeInt(recorded.size());
    for (Entry.Recorded entry : recorded) {
      byte[] hash = HexFormat.of().parseHex(entry.digest().hex());
      out.writeByte(hash.length);
      out.write(hash);
      out.writeLong(entry.looks().size());
      out.writeLong(entry.looks().modified());
      out.writeLong(entry.looks().changed());
      out.writeLong(entry.lastUse());
      out.writeByte(entry.occasions());
      out.writeLong(entry.verified());
    }
    CRC32C sum = new CRC32C();
    byte[] written = bytes.toByteArray();
    sum.update(written, CHECKED_FROM, written.length - CHECKED_FROM);
    out.writeLong(sum.getValue());
    return bytes.toByteArray();
  }
}
