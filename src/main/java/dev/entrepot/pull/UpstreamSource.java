package dev.entrepot.pull;

import dev.entrepot.cache.BlobSource;
import dev.entrepot.cache.BlobStream;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.Sender;
import dev.entrepot.upstream.UpstreamBlob;
import dev.entrepot.upstream.Validator;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;

/** A repository's upstream as the source of one blob. */
final class UpstreamSource implements BlobSource {

  private final Route route;
  private final Digest digest;
  private final Origin origin;
  private final Rights rights;
  private final Set<Sender> senders = ConcurrentHashMap.newKeySet();
  private volatile Optional<Validator> known = Optional.empty();

  UpstreamSource(Route route, Digest digest, Origin origin, Rights rights) {
    this.route = route;
    this.digest = digest;
    this.origin = origin;
    this.rights = rights;
  }

  @Override
  public Mono<BlobStream> open(long from, long to) {
    Mono<UpstreamBlob> opened =
        origin.client(route).flatMap(client -> client.openBlob(route, digest, from, to, known));
    return rights
        .learningFrom(route, opened)
        .doOnNext(this::note)
        .flatMap(
            blob ->
                isBelievable(digest, blob.length())
                    ? Mono.just(blob)
                    : blob.bytes().doOnNext(ByteBuf::release).then(Mono.error(this::empty)))
        .map(
            blob ->
                new BlobStream(
                    blob.offset(), blob.length(), blob.hasRanges(), blob.retries(), blob.bytes()));
  }

  /** Several endpoints may have brought something: each of them is doubted, and once. */
  @Override
  public void provedWrong() {
    for (Sender sender : senders) {
      if (senders.remove(sender)) {
        sender.sentSomethingElse();
      }
    }
  }

  private void note(UpstreamBlob blob) {
    known = blob.validator();
    senders.add(blob.sender());
  }

  /** Some servers say Content-Length: 0 where they mean nothing by it. */
  static boolean isBelievable(Digest digest, OptionalLong length) {
    return length.orElse(1) > 0 || digest.matches(new byte[0]);
  }

  private RegistryException empty() {
    return new RegistryException(
        ErrorCode.UPSTREAM_INVALID,
        "tried to pull blob %s of %s but upstream says that it is empty, which its digest denies"
            .formatted(digest, route.address()));
  }
}
