package dev.entrepot.testing;

import dev.entrepot.cache.CacheProperties;
import dev.entrepot.cache.Percentage;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.util.unit.DataSize;

/** Settings of a cache; every method changes one from what suits most tests. */
public final class CacheSettings {

  private final Path directory;
  private DataSize maxSize = DataSize.ofGigabytes(1);
  private DataSize minFree = DataSize.ofBytes(0);
  private Duration tagFreshness = Duration.ofMinutes(1);
  private Duration maxStale = Duration.ofDays(7);
  private Duration staleWhileRevalidate = Duration.ZERO;
  private Duration missingFreshness = Duration.ofSeconds(5);
  private Duration revocation = Duration.ofMinutes(5);
  private Duration scrub = Duration.ofDays(7);
  private Percentage freeTo = Percentage.of("90%");
  private CacheProperties.Fill fill = CacheProperties.Fill.BLOB;
  private int connections = 4;
  private DataSize parallelAbove = DataSize.ofMegabytes(64);
  private Duration resumeFor = Duration.ofMinutes(1);

  private CacheSettings(Path directory) {
    this.directory = directory;
  }

  /** Those of a cache in this directory. */
  public static CacheSettings in(Path directory) {
    return new CacheSettings(directory);
  }

  public CacheSettings maxSize(DataSize size) {
    this.maxSize = size;
    return this;
  }

  public CacheSettings minFree(DataSize size) {
    this.minFree = size;
    return this;
  }

  public CacheSettings tagAges(Duration freshness, Duration stale) {
    this.tagFreshness = freshness;
    this.maxStale = stale;
    return this;
  }

  public CacheSettings staleWhileRevalidate(Duration grace) {
    this.staleWhileRevalidate = grace;
    return this;
  }

  public CacheSettings missingFreshness(Duration memory) {
    this.missingFreshness = memory;
    return this;
  }

  public CacheSettings revocation(Duration limit) {
    this.revocation = limit;
    return this;
  }

  public CacheSettings scrub(Duration within) {
    this.scrub = within;
    return this;
  }

  /** Fetches no more of a blob than is read. */
  public CacheSettings fillsWhatIsRead() {
    this.fill = CacheProperties.Fill.READ;
    return this;
  }

  /** Fetches blobs from this size on by so many requests at once. */
  public CacheSettings inParallel(int requests, DataSize from) {
    this.connections = requests;
    this.parallelAbove = from;
    return this;
  }

  public CacheSettings resumeFor(Duration pauses) {
    this.resumeFor = pauses;
    return this;
  }

  public CacheProperties properties() {
    return new CacheProperties(
        directory,
        maxSize,
        minFree,
        tagFreshness,
        maxStale,
        staleWhileRevalidate,
        missingFreshness,
        revocation,
        scrub,
        freeTo,
        fill,
        connections,
        parallelAbove,
        resumeFor);
  }
}
