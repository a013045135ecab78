package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes content away from repositories, and from the disk when nothing else needs it. What is
 * pinned stays. Whoever is reading goes on reading.
 */
public final class Purge {

  private final Repositories repositories;
  private final Links links;
  private final Tags tags;
  private final Pins pins;
  private final Images images;
  private final Blobs blobs;
  private final SmallContents small;
  private final DiskThreads threads;
  private final boolean rehearses;

  Purge(
      Repositories repositories,
      Links links,
      Tags tags,
      Pins pins,
      Images images,
      Blobs blobs,
      SmallContents small,
      DiskThreads threads) {
    this(repositories, links, tags, pins, images, blobs, small, threads, false);
  }

  private Purge(
      Repositories repositories,
      Links links,
      Tags tags,
      Pins pins,
      Images images,
      Blobs blobs,
      SmallContents small,
      DiskThreads threads,
      boolean rehearses) {
    this.rehearses = rehearses;
    this.repositories = repositories;
    this.links = links;
    this.tags = tags;
    this.pins = pins;
    this.images = images;
    this.blobs = blobs;
    this.small = small;
    this.threads = threads;
  }

  /** One that takes nothing, and only says what it would take. */
  public Purge rehearsal() {
    return new Purge(repositories, links, tags, pins, images, blobs, small, threads, true);
  }

  /** All there is, but for pinned images. */
  public Mono<Purged> everything() {
    return purge(this::planEverything);
  }

  /** All that a repository holds, but for its pinned images. */
  public Mono<Purged> repository(RepositoryAddress address) {
    return purge(() -> planRepository(address));
  }

  /**
   * An image and all tags that point at it; other images of the repository stay whole. Takes
   * nothing if it is pinned.
   */
  public Mono<Purged> image(RepositoryAddress address, Reference reference) {
    return purge(() -> planImage(address, reference));
  }

  /** One piece of content, from all repositories. */
  public Mono<Purged> content(Digest digest) {
    return purge(() -> planContent(digest));
  }

  /**
   * What was taken.
   *
   * @param links how many links and tags
   * @param blobs how much content that nothing else needed
   * @param keptForPins how many manifests stay because they are pinned
   */
  public record Purged(int links, int blobs, long bytes, int keptForPins) {}

  private Mono<Purged> purge(Callable<Plan> planning) {
    return threads
        .reading(planning)
        .flatMap(
            plan ->
                rehearses
                    ? Mono.fromSupplier(() -> rehearsed(plan))
                    : Flux.fromIterable(plan.revocations())
                        .concatMap(revocation -> revocation)
                        .then(threads.writing(() -> take(plan))));
  }

  private Purged rehearsed(Plan plan) {
    List<Entry> entries =
        plan.content().stream().flatMap(digest -> blobs.index().find(digest).stream()).toList();
    return new Purged(
        plan.revocations().size(),
        entries.size(),
        entries.stream().mapToLong(Entry::size).sum(),
        plan.keptForPins());
  }

  private Purged take(Plan plan) {
    int count = 0;
    long bytes = 0;
    for (Digest digest : plan.content()) {
      small.forget(digest);
      Optional<Entry> entry = blobs.index().find(digest);
      if (entry.isPresent() && blobs.purge(entry.get())) {
        count++;
        bytes += entry.get().size();
      }
    }
    return new Purged(plan.revocations().size(), count, bytes, plan.keptForPins());
  }

  private Plan planRepository(RepositoryAddress address) {
    Set<Digest> manifests = repositories.links(address, Links.Kind.MANIFEST);
    List<Digest> pinned =
        manifests.stream().filter(digest -> pins.isPinned(address, digest)).toList();
    Set<Digest> kept = images.closure(pinned);
    Set<Digest> doomed = images.closure(manifests);
    doomed.addAll(repositories.links(address, Links.Kind.BLOB));
    doomed.removeAll(kept);
    List<Mono<Void>> revocations = unlink(address, doomed);
    for (Tag tag : repositories.tags(address)) {
      boolean isKept =
          tags.look(address, tag)
              .filter(record -> kept.contains(record.descriptor().digest()))
              .isPresent();
      if (!isKept) {
        revocations.add(tags.remove(address, tag));
      }
    }
    return new Plan(revocations, unneeded(doomed, address), pinned.size());
  }

  private Plan planEverything() {
    List<Mono<Void>> revocations = new ArrayList<>();
    int pinned = 0;
    for (RepositoryAddress address : repositories.all()) {
      Plan plan = planRepository(address);
      revocations.addAll(plan.revocations());
      pinned += plan.keptForPins();
    }
    Set<Digest> content = new HashSet<>();
    blobs.index().entries().forEach(entry -> content.add(entry.digest()));
    content.removeAll(pins.kept());
    return new Plan(revocations, content, pinned);
  }

  private Plan planImage(RepositoryAddress address, Reference reference) {
    Digest image =
        switch (reference) {
          case Digest digest -> digest;
          case Tag tag ->
              tags.look(address, tag).map(record -> record.descriptor().digest()).orElse(null);
        };
    if (image == null) {
      return Plan.NOTHING;
    }
    if (pins.isPinned(address, image)) {
      return new Plan(List.of(), Set.of(), 1);
    }
    Set<Digest> doomed = images.closure(List.of(image));
    Set<Digest> others = new HashSet<>(repositories.links(address, Links.Kind.MANIFEST));
    others.removeAll(doomed);
    List<Tag> ownTags = new ArrayList<>();
    for (Tag tag : repositories.tags(address)) {
      tags.look(address, tag)
          .map(record -> record.descriptor().digest())
          .ifPresent(
              target -> {
                if (target.equals(image)) {
                  ownTags.add(tag);
                } else {
                  others.add(target);
                }
              });
    }
    doomed.removeAll(images.closure(others));
    List<Mono<Void>> revocations = unlink(address, doomed);
    ownTags.forEach(tag -> revocations.add(tags.remove(address, tag)));
    return new Plan(revocations, unneeded(doomed, address), 0);
  }

  private Plan planContent(Digest digest) {
    if (pins.kept().contains(digest)) {
      return new Plan(List.of(), Set.of(), 1);
    }
    List<Mono<Void>> revocations = new ArrayList<>();
    for (RepositoryAddress address : repositories.all()) {
      revocations.addAll(unlink(address, Set.of(digest)));
      for (Tag tag : repositories.tags(address)) {
        tags.look(address, tag)
            .filter(record -> record.descriptor().digest().equals(digest))
            .ifPresent(_ -> revocations.add(tags.remove(address, tag)));
      }
    }
    return new Plan(revocations, Set.of(digest), 0);
  }

  private List<Mono<Void>> unlink(RepositoryAddress address, Set<Digest> doomed) {
    List<Mono<Void>> revocations = new ArrayList<>();
    for (Links.Kind kind : Links.Kind.values()) {
      repositories.links(address, kind).stream()
          .filter(doomed::contains)
          .forEach(digest -> revocations.add(links.revoke(address, kind, digest)));
    }
    return revocations;
  }

  /** Those that no link needs but the ones that go. */
  private Set<Digest> unneeded(Set<Digest> doomed, RepositoryAddress from) {
    Set<Digest> linked = new HashSet<>();
    for (RepositoryAddress address : repositories.all()) {
      for (Links.Kind kind : Links.Kind.values()) {
        Set<Digest> left = new HashSet<>(repositories.links(address, kind));
        if (address.equals(from)) {
          left.removeAll(doomed);
        }
        linked.addAll(left);
      }
    }
    Set<Digest> unneeded = new HashSet<>(doomed);
    unneeded.removeAll(images.closure(linked));
    unneeded.removeAll(pins.kept());
    return unneeded;
  }

  private record Plan(List<Mono<Void>> revocations, Set<Digest> content, int keptForPins) {

    static final Plan NOTHING = new Plan(List.of(), Set.of(), 0);
  }
}
