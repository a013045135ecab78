package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.CacheSettings;
import dev.entrepot.testing.ScriptedSource;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A process that fetches blobs until it is killed, and says every step of it. */
final class CacheToKill {

  static final String STEP = "step";
  static final List<RepositoryAddress> LINKED =
      List.of(
          new RepositoryAddress(new RegistryHost("docker.io"), new RepositoryName("library/a")));

  /** How many it fetches at once. */
  private static final int TOGETHER = 4;

  private CacheToKill() {}

  /** Takes a directory, the number of the round, and how many blobs it fetches at most. */
  public static void main(String[] arguments) {
    int round = Integer.parseInt(arguments[1]);
    Random sizes = new Random(round);
    try (ContentCache cache =
        ContentCache.open(
            properties(Path.of(arguments[0])), InstantSource.system(), Meters.unread())) {
      Flux.range(round * 10_000, Integer.parseInt(arguments[2]))
          .flatMap(
              number -> fetch(cache, CacheUnderTest.random(number, sizes.nextInt(400_000))),
              TOGETHER)
          .blockLast();
    }
  }

  static CacheProperties properties(Path directory) {
    return CacheSettings.in(directory).properties();
  }

  private static Mono<Void> fetch(ContentCache cache, byte[] content) {
    Digest digest = Digest.sha256Of(content);
    ScriptedSource source = new ScriptedSource(content, UnpooledByteBufAllocator.DEFAULT);
    return cache
        .fetch(
            digest,
            (from, to) ->
                source
                    .open(from, to)
                    .map(
                        stream ->
                            new BlobStream(
                                stream.offset(),
                                stream.length(),
                                true,
                                0,
                                stream.bytes().doOnNext(_ -> step()))))
        .doOnNext(_ -> step())
        .flatMap(Fetch::done)
        .then(link(cache, digest, content.length))
        .doOnSuccess(_ -> step());
  }

  private static Mono<Void> link(ContentCache cache, Digest digest, int size) {
    Descriptor descriptor = new Descriptor("application/octet-stream", digest, size);
    return Flux.fromIterable(LINKED)
        .concatMap(address -> cache.links().prove(address, Links.Kind.BLOB, descriptor))
        .then();
  }

  private static void step() {
    System.out.println(STEP);
  }
}
