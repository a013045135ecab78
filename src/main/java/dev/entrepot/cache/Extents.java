package dev.entrepot.cache;

import java.util.Map;
import java.util.TreeMap;

/** The parts of a file that have something in common: disjoint, in order. Safe for many threads. */
final class Extents {

  private final TreeMap<Long, Long> ends = new TreeMap<>();
  private long total;

  /** The end of the part that holds this position; the position itself if none does. */
  synchronized long endFrom(long position) {
    Map.Entry<Long, Long> part = ends.floorEntry(position);
    return part == null ? position : Math.max(position, part.getValue());
  }

  /** Where the next part of at least this size begins, behind this position. */
  synchronized long nextFrom(long position, long size) {
    for (Map.Entry<Long, Long> part : ends.tailMap(position, false).entrySet()) {
      if (part.getValue() - part.getKey() >= size) {
        return part.getKey();
      }
    }
    return Long.MAX_VALUE;
  }

  /** Adds as much, counted from {@code from}, as is in no part yet; how much that is. */
  synchronized long claim(long from, long to) {
    if (endFrom(from) > from) {
      return 0;
    }
    long end = Math.min(to, nextFrom(from, 1));
    add(from, end);
    return end - from;
  }

  /** Joins this part with those that it touches. */
  synchronized void add(long from, long to) {
    if (from >= to) {
      return;
    }
    long start = from;
    long end = to;
    Map.Entry<Long, Long> touched = ends.floorEntry(to);
    while (touched != null && touched.getValue() >= start) {
      start = Math.min(start, touched.getKey());
      end = Math.max(end, touched.getValue());
      total -= touched.getValue() - touched.getKey();
      ends.remove(touched.getKey());
      touched = ends.floorEntry(to);
    }
    ends.put(start, end);
    total += end - start;
  }

  /** The bytes of all parts. */
  synchronized long total() {
    return total;
  }
}
