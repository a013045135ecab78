package dev.entrepot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.scheduler.Schedulers;

/** The local disk, failing and hanging as it is told; notes who touches it from an event loop. */
final class FaultyVolume implements Volume {

  private final Volume disk;
  private final ConcurrentMap<String, AtomicInteger> uses = new ConcurrentHashMap<>();
  private final Set<String> broken = ConcurrentHashMap.newKeySet();
  private final List<String> trespasses = new CopyOnWriteArrayList<>();
  private volatile long writable = Long.MAX_VALUE;
  private final AtomicLong failingRead = new AtomicLong(Long.MAX_VALUE);
  private volatile long hangingRead = Long.MAX_VALUE;
  private volatile boolean isFull;
  private volatile long usable = Long.MAX_VALUE / 2;
  private volatile CountDownLatch hang = new CountDownLatch(0);
  private volatile String hanging = "";

  FaultyVolume(Path root) {
    this.disk = new LocalVolume(root);
  }

  /** How often an operation was called. */
  int uses(String operation) {
    return uses.computeIfAbsent(operation, _ -> new AtomicInteger()).get();
  }

  /** An operation fails from now on. */
  void breakDown(String operation) {
    broken.add(operation);
  }

  /** Everything works again. */
  void repair() {
    broken.clear();
    writable = Long.MAX_VALUE;
  }

  /** Writes beyond this position of any file fail. */
  void writableTo(long position) {
    writable = position;
  }

  /** The first read beyond this position of any file fails. */
  void failOneReadFrom(long position) {
    failingRead.set(position);
  }

  /** Reads beyond this position of any file hang until {@link #goOn}. */
  void hangReadsFrom(long position) {
    hang = new CountDownLatch(1);
    hangingRead = position;
  }

  /** Writes fail until something is deleted. */
  void fill() {
    isFull = true;
  }

  void usable(long bytes) {
    usable = bytes;
  }

  /** An operation hangs until {@link #goOn}. */
  void hang(String operation) {
    hang = new CountDownLatch(1);
    hanging = operation;
  }

  void goOn() {
    hanging = "";
    hangingRead = Long.MAX_VALUE;
    hang.countDown();
  }

  /** Uses of the disk by threads that must not. */
  List<String> trespasses() {
    return trespasses;
  }

  @Override
  public FileChannel create(Path file) throws IOException {
    enter("create");
    return disk.create(file);
  }

  @Override
  public FileChannel open(Path file) throws IOException {
    enter("open");
    return disk.open(file);
  }

  @Override
  public void read(FileChannel channel, ByteBuffer target, long position) throws IOException {
    enter("read");
    long end = position + target.remaining();
    if (end > hangingRead) {
      waitToGoOn();
    }
    long failing = failingRead.get();
    if (end > failing && failingRead.compareAndSet(failing, Long.MAX_VALUE)) {
      throw new IOException("Input/output error");
    }
    disk.read(channel, target, position);
  }

  @Override
  public void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
    enter("write");
    if (isFull || position + bytes.remaining() > writable) {
      throw new IOException("No space left on device");
    }
    disk.write(channel, bytes, position);
  }

  @Override
  public void force(FileChannel channel) throws IOException {
    enter("force");
    disk.force(channel);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    enter("rename");
    disk.rename(from, to);
  }

  @Override
  public Optional<FileLooks> attributes(Path path) throws IOException {
    enter("attributes");
    return disk.attributes(path);
  }

  @Override
  public void delete(Path path) throws IOException {
    enter("delete");
    isFull = false;
    disk.delete(path);
  }

  @Override
  public long usable(Path path) throws IOException {
    enter("usable");
    return usable;
  }

  private void enter(String operation) throws IOException {
    uses.computeIfAbsent(operation, _ -> new AtomicInteger()).incrementAndGet();
    if (Schedulers.isInNonBlockingThread()) {
      trespasses.add(operation + " on " + Thread.currentThread().getName());
    }
    if (operation.equals(hanging)) {
      waitToGoOn();
    }
    if (broken.contains(operation)) {
      throw new IOException("Input/output error");
    }
  }

  private void waitToGoOn() throws IOException {
    try {
      hang.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
