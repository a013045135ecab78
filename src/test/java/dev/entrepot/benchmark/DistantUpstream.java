package dev.entrepot.benchmark;

import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.TestBlob;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A registry with a few blobs, and any number of small ones, behind a link and some way off. Counts
 * what it sends.
 */
final class DistantUpstream implements AutoCloseable {

  private static final int PIECE = 64 * 1024;
  private static final int SMALL_BLOB = 128 * 1024;
  private static final Pattern RANGE =
      Pattern.compile("range: *bytes=(\\d+)-(\\d*)", Pattern.CASE_INSENSITIVE);

  private final ServerSocketChannel listener;
  private final ExecutorService connections = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> digests = new ArrayList<>();
  private final Map<String, Blob> blobs = new ConcurrentHashMap<>();
  private final Duration distance;
  private final Link shared;
  private final Supplier<Link> own;
  private final List<File> numbered = new ArrayList<>();
  private final AtomicLong seeds = new AtomicLong();

  /**
   * Starts it.
   *
   * @param files where the blobs lie
   * @param distance between a request and its answer
   * @param shared what all connections share
   * @param own what each connection has for itself
   */
  DistantUpstream(List<Path> files, Duration distance, Link shared, Supplier<Link> own)
      throws IOException {
    for (Path file : files) {
      digests.add(Hashing.digest(Files.newInputStream(file)));
      numbered.add(new File(FileChannel.open(file)));
      blobs.put(digests.getLast(), numbered.getLast());
    }
    this.distance = distance;
    this.shared = shared;
    this.own = own;
    this.listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    var _ = connections.submit(this::accept);
  }

  /** Writes a blob that such an upstream can serve. */
  static Path write(Path file, long seed, long size) throws IOException {
    try (var bytes = TestBlob.of(seed, size).stream()) {
      Files.copy(bytes, file);
    }
    return file;
  }

  private Void accept() throws IOException {
    while (listener.isOpen()) {
      SocketChannel client = listener.accept();
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      var _ = connections.submit(() -> serve(client));
    }
    return null;
  }

  private Void serve(SocketChannel client) throws IOException {
    Link mine = own.get();
    try (client;
        var reader =
            new BufferedReader(
                new InputStreamReader(
                    Channels.newInputStream(client), StandardCharsets.ISO_8859_1))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Optional<Matcher> range = Optional.empty();
        for (String header = reader.readLine();
            header != null && !header.isEmpty();
            header = reader.readLine()) {
          Matcher matcher = RANGE.matcher(header);
          range = matcher.matches() ? Optional.of(matcher) : range;
        }
        answer(client, line, range, mine);
      }
    }
    return null;
  }

  private void answer(SocketChannel client, String line, Optional<Matcher> range, Link mine)
      throws IOException {
    LockSupport.parkNanos(distance.toNanos());
    String digest = line.replaceFirst(".*/blobs/([^ ?]+).*", "$1");
    Blob blob = blobs.get(digest);
    if (blob == null) {
      write(client, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    long length = blob.length();
    long from = range.map(asked -> Long.parseLong(asked.group(1))).orElse(0L);
    long to =
        range
            .map(asked -> asked.group(2))
            .filter(last -> !last.isEmpty())
            .map(last -> Math.min(length, Long.parseLong(last) + 1))
            .orElse(length);
    String part = "Content-Range: bytes %d-%d/%d\r\n".formatted(from, to - 1, length);
    write(
        client,
        """
        HTTP/1.1 %s\r
        Content-Length: %d\r
        Content-Type: application/octet-stream\r
        Docker-Content-Digest: %s\r
        ETag: "%s"\r
        Accept-Ranges: bytes\r
        %s\r
        """
            .formatted(
                range.isPresent() ? "206 Partial Content" : "200 OK",
                to - from,
                digest,
                digest,
                range.isPresent() ? part : ""));
    if (line.startsWith("GET ")) {
      blob.send(client, from, to, mine);
    }
  }

  private static void write(SocketChannel client, String head) throws IOException {
    write(client, ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static void write(SocketChannel client, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  /** What clients ask for to get a blob. */
  String path(int blob) {
    return path(digests.get(blob));
  }

  /** The same for a small one that nobody has asked for, and that is not counted. */
  String pathOfSmallBlob() {
    TestBlob blob = TestBlob.of(seeds.incrementAndGet(), SMALL_BLOB);
    blobs.put(blob.digest(), new SmallBlob(blob));
    return path(blob.digest());
  }

  private static String path(String digest) {
    return "/v2/bench/cold/blobs/" + digest;
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + address().getPort());
  }

  InetSocketAddress address() {
    try {
      return (InetSocketAddress) listener.getLocalAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes of a blob that it sent, whoever asked. */
  long sent(int blob) {
    return numbered.get(blob).sent.get();
  }

  /** When it sent the first of them. */
  long firstByte(int blob) {
    return numbered.get(blob).firstByte.get();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    connections.shutdownNow();
    for (Blob blob : blobs.values()) {
      blob.close();
    }
  }

  /** One thing it has. */
  private interface Blob extends Closeable {

    long length() throws IOException;

    void send(SocketChannel client, long from, long to, Link mine) throws IOException;
  }

  private final class File implements Blob {

    private final FileChannel file;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong firstByte = new AtomicLong();

    File(FileChannel file) {
      this.file = file;
    }

    @Override
    public long length() throws IOException {
      return file.size();
    }

    @Override
    public void send(SocketChannel client, long from, long to, Link mine) throws IOException {
      firstByte.compareAndSet(0, System.nanoTime());
      for (long at = from; at < to; ) {
        long count = Math.min(PIECE, to - at);
        mine.carry(count);
        shared.carry(count);
        long end = at + count;
        while (at < end) {
          at += file.transferTo(at, end - at, client);
        }
        sent.addAndGet(count);
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  private record SmallBlob(TestBlob blob) implements Blob {

    @Override
    public long length() {
      return blob.length();
    }

    @Override
    public void send(SocketChannel client, long from, long to, Link mine) throws IOException {
      write(client, ByteBuffer.wrap(blob.bytes(from, Math.toIntExact(to - from))));
    }

    @Override
    public void close() {
      // Nothing to close.
    }
  }
}
