package dev.entrepot.cache;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Where content is kept, how much of it, and for how long an upstream's word on a tag counts.
 *
 * @param minFree what is always left free on the disk
 * @param tagFreshness how long a tag is answered without asking upstream
 * @param maxStale how old a tag's answer may be when upstream is in trouble
 * @param staleWhileRevalidate for how long past its freshness a tag is answered at once, while
 *     upstream is asked
 * @param missingFreshness how long upstream's word that something is missing is repeated
 * @param revocation how soon stored content is refused after upstream began to refuse it
 * @param scrub within about how long all stored content is read again; zero: never
 * @param freeTo how much of its size the cache keeps once it has grown past it
 * @param fill what is fetched of a blob when a client wants a part of it
 * @param connections how many requests may fetch one large blob at the same time
 * @param parallelAbove how large it has to be for that
 * @param resumeFor how long the pauses before attempts to resume a broken transfer are in all,
 *     while they bring little; well below the 5 min after which containerd misses progress
 */
public record CacheProperties(
    @DefaultValue("cache") Path directory,
    @DefaultValue("20GB") DataSize maxSize,
    @DefaultValue("1GB") DataSize minFree,
    @DefaultValue("60s") Duration tagFreshness,
    @DefaultValue("7d") Duration maxStale,
    @DefaultValue("0s") Duration staleWhileRevalidate,
    @DefaultValue("5s") Duration missingFreshness,
    @DefaultValue("5m") Duration revocation,
    @DefaultValue("7d") Duration scrub,
    @DefaultValue("90%") Percentage freeTo,
    @DefaultValue("blob") Fill fill,
    @DefaultValue("4") int connections,
    @DefaultValue("64MB") DataSize parallelAbove,
    @DefaultValue("1m") Duration resumeFor) {

  /** What is fetched of a blob when a client wants a part of it. */
  public enum Fill {
    /** All of it, in the background. */
    BLOB,
    /** The part, and no more. */
    READ
  }

  public CacheProperties {
    check(!directory.toString().isBlank(), "directory", directory, "name a directory");
    check(maxSize.toBytes() > 0, "max-size", maxSize, "say for example 20GB");
    check(!minFree.isNegative(), "min-free", minFree, "say 0B or more, for example 1GB");
    check(!tagFreshness.isNegative(), "tag-freshness", tagFreshness, "say 0s or more");
    check(!maxStale.isNegative(), "max-stale", maxStale, "say 0s or more, for example 7d");
    check(
        !staleWhileRevalidate.isNegative(),
        "stale-while-revalidate",
        staleWhileRevalidate,
        "say 0s or more");
    check(!missingFreshness.isNegative(), "missing-freshness", missingFreshness, "say 0s or more");
    check(!revocation.isNegative(), "revocation", revocation, "say 0s or more, for example 5m");
    check(
        connections >= 1 && connections <= 16,
        "connections",
        connections,
        "say a number from 1 to 16");
    check(!resumeFor.isNegative(), "resume-for", resumeFor, "say 0s or more, for example 1m");
    check(parallelAbove.toBytes() > 0, "parallel-above", parallelAbove, "say for example 64MB");
    check(!scrub.isNegative(), "scrub", scrub, "say for example 7d, or 0s for never");
    check(freeTo.value() > 0, "free-to", freeTo, "say 1% to 100%, for example 90%");
  }

  private static void check(boolean holds, String key, Object value, String remedy) {
    if (!holds) {
      throw new IllegalArgumentException(
          "entrepot.cache.%s: '%s' does not do; %s".formatted(key, value, remedy));
    }
  }
}
