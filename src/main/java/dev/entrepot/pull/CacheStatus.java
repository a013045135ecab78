package dev.entrepot.pull;

import dev.entrepot.cache.Content;

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

  /** The tag had aged and upstream is in trouble. */
  static CacheStatus stale(int upstreamStatus) {
    return new CacheStatus(
        "stale", "hit; fwd=stale; fwd-status=" + upstreamStatus + "; detail=upstream-trouble");
  }

  /** The same, with what happened to a flight before it was joined. */
  CacheStatus of(Content content) {
    return content
        .history()
        .map(what -> new CacheStatus(outcome, parameters + "; detail=" + what))
        .orElse(this);
  }

  /** Whether the answer may be out of date. */
  public boolean isStale() {
    return outcome.equals("stale");
  }
}
