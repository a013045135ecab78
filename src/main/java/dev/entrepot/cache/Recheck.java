package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RepositoryAddress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;

/** Reads stored content again and drops what is not what its digest says. */
public final class Recheck {

  private static final Logger log = LoggerFactory.getLogger(Recheck.class);
  private static final long STEP = 8L * 1024 * 1024;

  private final Inventory inventory;
  private final Blobs blobs;
  private final CacheDirectory directory;
  private final Volume volume;
  private final DiskThreads threads;
  private final Tuning tuning;

  Recheck(
      Inventory inventory,
      Blobs blobs,
      CacheDirectory directory,
      Volume volume,
      DiskThreads threads,
      Tuning tuning) {
    this.inventory = inventory;
    this.blobs = blobs;
    this.directory = directory;
    this.volume = volume;
    this.threads = threads;
    this.tuning = tuning;
  }

  /**
   * Everything, telling now and then how far it is; cancelling ends it, and so does, with a {@link
   * CacheException}, the cache's closing.
   */
  public Flux<Checked> all() {
    return Flux.defer(() -> check(blobs.index().entries()));
  }

  /** Of one image what is stored; ends at once if it is not known. */
  public Flux<Checked> image(RepositoryAddress address, Reference reference) {
    return inventory
        .image(address, reference)
        .flatMapMany(
            image ->
                check(
                    image.content().stream()
                        .flatMap(item -> blobs.index().find(item.digest()).stream())
                        .toList()));
  }

  private Flux<Checked> check(Collection<Entry> entries) {
    return Flux.<Checked, Round>generate(
            () -> new Round(entries),
            (round, sink) -> {
              if (round.isOver()) {
                sink.complete();
              } else if (threads.isClosed()) {
                sink.error(
                    new CacheException(
                        "tried to read again what is stored but the cache closed before the end",
                        null));
              } else {
                sink.next(round.step());
              }
              return round;
            },
            Round::close)
        .subscribeOn(threads.upkeep());
  }

  /**
   * How far it is.
   *
   * @param damaged what was dropped so far
   */
  public record Checked(
      long count, long countTotal, long bytes, long bytesTotal, List<Digest> damaged) {

    public Checked {
      damaged = List.copyOf(damaged);
    }
  }

  private final class Round {

    private final Deque<Entry> left;
    private final long countTotal;
    private final long bytesTotal;
    private final List<Digest> damaged = new ArrayList<>();
    private @Nullable Rehash current;
    private long bytes;

    Round(Collection<Entry> entries) {
      left =
          new ArrayDeque<>(
              entries.stream()
                  .sorted(Comparator.comparing(entry -> entry.digest().toString()))
                  .toList());
      countTotal = left.size();
      bytesTotal = left.stream().mapToLong(Entry::size).sum();
    }

    boolean isOver() {
      return left.isEmpty();
    }

    Checked step() {
      Entry entry = left.element();
      if (!blobs.isIntact(entry)) {
        over(true);
      } else {
        try {
          advance(entry);
        } catch (IOException e) {
          blobs.damaged(entry, "check", e.toString());
          over(true);
        }
      }
      return new Checked(countTotal - left.size(), countTotal, bytes, bytesTotal, damaged);
    }

    void close() {
      Rehash open = current;
      current = null;
      if (open != null) {
        try {
          open.close();
        } catch (IOException e) {
          log.debug("file not closed reason={}", e.toString());
        }
      }
    }

    private void advance(Entry entry) throws IOException {
      Rehash rehash = current;
      if (rehash == null) {
        rehash = Rehash.of(entry, directory, volume, tuning);
        current = rehash;
      }
      bytes += rehash.advance(STEP);
      if (rehash.isDone()) {
        boolean holds = rehash.holds();
        if (holds) {
          blobs.holds(entry);
        } else {
          blobs.damaged(entry, "check", "digest does not hold");
        }
        over(!holds);
      }
    }

    private void over(boolean isDamaged) {
      close();
      Entry entry = left.remove();
      if (isDamaged) {
        damaged.add(entry.digest());
      }
    }
  }
}
