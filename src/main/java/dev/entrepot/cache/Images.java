package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which stored manifests and indexes need which content, as far as they were looked at. */
final class Images {

  private static final Logger log = LoggerFactory.getLogger(Images.class);

  /** What the specification asks registries to take. */
  private static final long LARGEST = 4L * 1024 * 1024;

  private final ConcurrentMap<Digest, Needs> known = new ConcurrentHashMap<>();
  private final Blobs blobs;
  private final Volume volume;

  Images(Blobs blobs, Volume volume) {
    this.blobs = blobs;
    this.volume = volume;
  }

  /** Looks at a manifest that is stored, or about to be. */
  void learn(Digest digest, byte[] manifest) {
    if (!known.containsKey(digest)) {
      known.put(digest, Needs.in(manifest));
    }
  }

  /** The same, reading it if it was not looked at yet; blocks. */
  Needs needs(Digest digest) {
    Needs needs = known.get(digest);
    return needs == null
        ? read(digest)
            .map(bytes -> known.computeIfAbsent(digest, _ -> Needs.in(bytes)))
            .orElse(Needs.NOTHING)
        : needs;
  }

  /** Those that are stored, and need anything. */
  Map<Digest, Needs> stored() {
    known.keySet().removeIf(digest -> blobs.index().find(digest).isEmpty());
    return Map.copyOf(known);
  }

  /** These and all that they need, and what that needs; blocks. */
  Set<Digest> closure(Collection<Digest> roots) {
    Set<Digest> reached = new LinkedHashSet<>(roots);
    Deque<Digest> unseen = new ArrayDeque<>(reached);
    while (!unseen.isEmpty()) {
      Needs needs = needs(unseen.remove());
      needs.manifests().stream().filter(reached::add).forEach(unseen::add);
      reached.addAll(needs.configs());
      reached.addAll(needs.layers());
    }
    return reached;
  }

  private Optional<byte[]> read(Digest digest) {
    Entry entry = blobs.index().find(digest).orElse(null);
    if (entry == null || entry.size() > LARGEST) {
      return Optional.empty();
    }
    byte[] bytes = new byte[(int) entry.size()];
    try {
      OpenFile file = blobs.open().acquire(digest);
      try {
        volume.read(file.channel(), ByteBuffer.wrap(bytes), 0);
      } finally {
        blobs.open().release(digest, file);
      }
      return Optional.of(bytes).filter(digest::matches);
    } catch (IOException e) {
      // Whoever asks for it will find out, and get it elsewhere.
      log.debug("manifest not read digest={} reason={}", digest, e.toString());
      return Optional.empty();
    }
  }
}
