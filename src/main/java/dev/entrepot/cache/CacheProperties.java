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
 * @param scrub within about how long all stored content is read again; zero: never
 * @param freeTo how much of its size the cache keeps once it has grown past it
 */
public record CacheProperties(
    @DefaultValue("cache") Path directory,
    @DefaultValue("20GB") DataSize maxSize,
    @DefaultValue("1GB") DataSize minFree,
    @DefaultValue("60s") Duration tagFreshness,
    @DefaultValue("7d") Duration maxStale,
    @DefaultValue("7d") Duration scrub,
    @DefaultValue("90%") Percentage freeTo) {

  public CacheProperties {
    check(!directory.toString().isBlank(), "directory", directory, "name a directory");
    check(maxSize.toBytes() > 0, "max-size", maxSize, "say for example 20GB");
    check(!minFree.isNegative(), "min-free", minFree, "say 0B or more, for example 1GB");
    check(!tagFreshness.isNegative(), "tag-freshness", tagFreshness, "say 0s or more");
    check(!maxStale.isNegative(), "max-stale", maxStale, "say 0s or more, for example 7d");
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
