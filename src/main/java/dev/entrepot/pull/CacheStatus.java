package dev.entrepot.pull;

import dev.entrepot.cache.Content;
import dev.entrepot.oci.ErrorCode;
import java.util.Locale;

/**
 * How an answer was made, as RFC 9211 says it.
 *
 * @param outcome one word for logs and metrics
 * @param parameters what stands behind the cache's name in {@code Cache-Status}
 */
public record CacheStatus(String outcome, String parameters) {

  /** From the cache alone. */
  static final CacheStatus HIT = new CacheStatus("hit", "hit");

  /** Fetched, and kept. */
  static final CacheStatus MISS = new CacheStatus("miss", "fwd=uri-miss; stored");

  /** Fetched, and not kept. */
  static final CacheStatus PASSED = new CacheStatus("passed", "fwd=uri-miss");

  /** Read from a flight that another request started. */
  static final CacheStatus COLLAPSED =
      new CacheStatus("collapsed", "fwd=uri-miss; stored; collapsed");

  /** The content was there, and upstream has just said that this repository has it too. */
  static final CacheStatus PROVED =
      new CacheStatus("proved", "fwd=uri-miss; fwd-status=200; detail=content-known");

  /** The tag had aged, and upstream has confirmed it. */
  static final CacheStatus REVALIDATED =
      new CacheStatus("revalidated", "hit; fwd=stale; fwd-status=200; detail=unchanged");

  /** The tag had aged, and points elsewhere now. */
  static final CacheStatus CHANGED =
      new CacheStatus("changed", "fwd=stale; fwd-status=200; stored; detail=changed");

  /** The tag has just aged: it is answered as it was while upstream is being asked. */
  static final CacheStatus REVALIDATING =
      new CacheStatus("revalidating", "hit; fwd=stale; detail=revalidating");

  /** The tag had aged and upstream is in trouble of this kind. */
  static CacheStatus stale(ErrorCode trouble) {
    String kind = trouble.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return new CacheStatus(
        "stale", "hit; fwd=stale; fwd-status=" + trouble.status() + "; detail=" + kind);
  }

  /** The same, with what has happened to the content on its way so far. */
  CacheStatus of(Content content) {
    return content
        .history()
        .map(what -> new CacheStatus(outcome, parameters + separator() + what))
        .orElse(this);
  }

  /** A parameter that is said twice would count once. */
  private String separator() {
    return parameters.contains("detail=") ? "+" : "; detail=";
  }

  /** Whether the answer was made in this way, whatever has happened meanwhile. */
  boolean is(CacheStatus way) {
    return outcome.equals(way.outcome);
  }

  /** Whether the answer stands in for one that upstream in trouble does not give. */
  public boolean isStale() {
    return outcome.equals("stale");
  }
}
