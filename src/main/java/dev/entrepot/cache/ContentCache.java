package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Content by digest on this machine's disk. Whatever is wrong with the disk once it is open costs
 * hits, never a pull.
 */
public final class ContentCache implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ContentCache.class);

  private final CacheDirectory directory;
  private final DiskThreads threads;
  private final DiskHealth health;
  private final IndexFile index;
  private final Upkeep upkeep;
  private final AtomicBoolean isClosed = new AtomicBoolean();
  private final Blobs blobs;
  private final Flights flights;
  private final SmallContents small;
  private final Links links;
  private final Tags tags;
  private final Pins pins;
  private final Inventory inventory;
  private final Purge purge;
  private final Recheck recheck;
  private final Delivery delivery;

  private ContentCache(
      CacheProperties properties,
      CacheDirectory directory,
      InstantSource clock,
      Meters meters,
      Volume disk,
      Tuning tuning) {
    this.directory = directory;
    this.threads = new DiskThreads();
    this.health = new DiskHealth(directory, disk, threads, tuning, clock);
    WatchedVolume volume = new WatchedVolume(disk, health);
    this.index = new IndexFile(directory, volume);
    this.blobs = new Blobs(directory, volume, threads, clock, meters, tuning, index.read());
    RecordsFactory records = new RecordsFactory(directory, volume, health, threads, meters);
    this.links = new Links(directory, records);
    this.tags = new Tags(directory, records);
    Images images = new Images(blobs, volume);
    Repositories repositories = new Repositories(directory, links, tags);
    this.pins = new Pins(directory, records, repositories, tags, images, threads, clock);
    this.upkeep = new Upkeep(tuning.timer(), threads);
    Sweep sweep =
        new Sweep(
            repositories,
            directory,
            volume,
            links,
            tags,
            pins,
            images,
            blobs.index(),
            clock,
            threads);
    Eviction eviction = new Eviction(blobs, images, pins);
    Room room = new Room(properties, directory, volume, eviction, health, sweep::bytes, meters);
    volume.whenFull(room::squeeze);
    this.flights =
        new Flights(
            directory, volume, blobs, room, threads, tuning, FetchPolicy.of(properties), meters);
    this.small = new SmallContents(directory, volume, blobs, room, images, threads, meters);
    this.inventory = new Inventory(repositories, links, tags, pins, images, blobs, threads);
    this.purge = new Purge(repositories, links, tags, pins, images, blobs, small, threads);
    this.recheck = new Recheck(inventory, blobs, directory, volume, threads, tuning);
    this.delivery = new Delivery(directory, volume, blobs, room, threads, meters);
    meters.cacheSize(blobs.index()::bytes);
    meters.cacheEntries(blobs.index()::count);
    meters.pinnedSize(() -> pins.bytes(blobs.index()));
    meters.cacheDegraded(() -> health.isWorking() ? 0 : 1);
    Scrub scrub =
        new Scrub(properties.scrub(), blobs, directory, volume, threads, tuning, clock, meters);
    upkeep.start(sweep, scrub, properties.scrub(), index, blobs.index());
  }

  /**
   * Takes the directory, which no other process may use at the same time. Blocks. Fails with a
   * {@link CacheException}.
   */
  public static ContentCache open(CacheProperties properties, InstantSource clock, Meters meters) {
    return open(
        properties, clock, meters, new LocalVolume(properties.directory()), Tuning.of(properties));
  }

  static ContentCache open(
      CacheProperties properties,
      InstantSource clock,
      Meters meters,
      Volume volume,
      Tuning tuning) {
    CacheDirectory directory = CacheDirectory.open(properties.directory(), volume);
    try {
      ContentCache cache = new ContentCache(properties, directory, clock, meters, volume, tuning);
      log.info(
          "cache open directory={} blobs={} bytes={} max={}",
          directory.root(),
          cache.blobs.index().count(),
          cache.blobs.index().bytes(),
          properties.maxSize());
      return cache;
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /**
   * What is stored of this digest. The file is looked at, and dropped if it is not what was stored;
   * its first use since the start also checks the digest.
   */
  public Mono<Optional<Content>> stored(Digest digest) {
    return blobs.stored(digest, StoredContent.Again.NEVER);
  }

  /**
   * The same; a reader whose file turns out to be damaged goes on from this source, if what it was
   * sent is right.
   */
  public Mono<Optional<Content>> stored(Digest digest, BlobSource source) {
    return blobs.stored(digest, () -> fetch(digest, source).map(Fetch::content));
  }

  /** Whether something of this digest is stored or being fetched; never blocks. */
  public boolean has(Digest digest) {
    return blobs.index().find(digest).isPresent() || flights.isUnderWay(digest);
  }

  /** Whether the disk is left alone after a failure: what is stored is served, nothing is added. */
  public boolean isDegraded() {
    return !health.isWorking();
  }

  /** What is being fetched of this digest, once its source has answered. */
  public Optional<Content> inFlight(Digest digest) {
    return flights.find(digest);
  }

  /** Fetches all of this digest, as {@link #fetch(Digest, BlobSource, Optional)} does. */
  public Mono<Fetch> fetch(Digest digest, BlobSource source) {
    return fetch(digest, source, Optional.empty());
  }

  /**
   * Fetches this digest, unless it is being fetched or has just been: then joins in. Comes when the
   * source has answered; fails if it could not be opened. Cancelling does not stop what was
   * started.
   *
   * @param wish the part that is wanted first, if not all
   */
  public Mono<Fetch> fetch(Digest digest, BlobSource source, Optional<ByteRange> wish) {
    return flights.fetch(digest, source, wish);
  }

  /**
   * Stores content that somebody brings; no repository holds it for that. Fails with a {@link
   * CacheException} if it is not what the digest says or the disk does not take it. The buffers are
   * released.
   */
  public Mono<Void> take(Digest digest, long size, Flux<ByteBuf> bytes) {
    return delivery.take(digest, size, bytes);
  }

  /** Where all of this lies. */
  public Path directory() {
    return directory.root();
  }

  /** Who may see what. */
  public Links links() {
    return links;
  }

  /** What tags point at. */
  public Tags tags() {
    return tags;
  }

  /** What is never evicted. */
  public Pins pins() {
    return pins;
  }

  /** What there is. */
  public Inventory inventory() {
    return inventory;
  }

  /** Takes things away. */
  public Purge purge() {
    return purge;
  }

  /** Reads what is stored again. */
  public Recheck recheck() {
    return recheck;
  }

  /**
   * Stores content that is small enough to be held in memory: it is found from then on, and the
   * disk follows. Fails only if the bytes are not what the digest says. Nobody may change the bytes
   * any more.
   */
  public Mono<Void> store(Digest digest, byte[] bytes) {
    return small.store(digest, bytes);
  }

  /** Small content, most likely from memory. Nobody may change the bytes. */
  public Mono<Optional<byte[]>> bytes(Digest digest) {
    return small.find(digest);
  }

  /** Waits for what is being fetched, but no longer than this. */
  public Mono<Void> drain(Duration patience) {
    return flights.drain(patience);
  }

  /** Ends what is still being fetched and gives up the directory. Blocks shortly. */
  @Override
  public void close() {
    if (isClosed.getAndSet(true)) {
      return;
    }
    flights.abort();
    upkeep.stop();
    health.stop();
    threads.close();
    writeIndex();
    directory.close();
  }

  private void writeIndex() {
    try {
      index.write(blobs.index().entries(), true);
    } catch (IOException e) {
      log.warn("INDEX not written, the next start knows less reason={}", e.toString());
    }
  }
}
