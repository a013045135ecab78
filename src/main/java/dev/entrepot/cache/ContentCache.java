package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
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
      Volume volume,
      Tuning tuning) {
    this.directory = directory;
    this.threads = new DiskThreads();
    this.blobs = new Blobs(directory, volume, threads, clock, meters, tuning);
    Room room =
        new Room(properties.maxSize(), properties.minFree(), directory, volume, blobs, meters);
    this.flights = new Flights(directory, volume, blobs, room, threads, tuning, meters);
    Images images = new Images(blobs, volume);
    this.small = new SmallContents(directory, volume, blobs, room, images, threads, meters);
    RecordsFactory records = new RecordsFactory(directory, volume, threads, meters);
    this.links = new Links(directory, records);
    this.tags = new Tags(directory, records);
    Repositories repositories = new Repositories(directory, links, tags);
    this.pins = new Pins(directory, records, repositories, tags, images, threads, clock);
    this.inventory = new Inventory(repositories, links, tags, pins, images, blobs, threads);
    this.purge = new Purge(repositories, links, tags, pins, images, blobs, small, threads);
    this.recheck = new Recheck(inventory, blobs, directory, volume, threads, tuning);
    this.delivery = new Delivery(directory, volume, blobs, room, threads, meters);
    meters.cacheSize(blobs.index()::bytes);
  }

  /**
   * Takes the directory, which no other process may use at the same time. Blocks. Fails with a
   * {@link CacheException}.
   */
  public static ContentCache open(CacheProperties properties, InstantSource clock, Meters meters) {
    return open(properties, clock, meters, new LocalVolume(), Tuning.standard());
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
          "cache open directory={} bytes={} max={}",
          directory.root(),
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
    return blobs.stored(digest);
  }

  /** What is being fetched of this digest, once its source has answered. */
  public Optional<Content> inFlight(Digest digest) {
    return flights.find(digest);
  }

  /**
   * Fetches this digest, unless it is being fetched or has just been: then joins in. Comes when the
   * source has answered; fails if it could not be opened. Cancelling does not stop what was
   * started.
   */
  public Mono<Fetch> fetch(Digest digest, BlobSource source) {
    return flights.fetch(digest, source);
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
    flights.abort();
    threads.close();
    directory.close();
  }
}
