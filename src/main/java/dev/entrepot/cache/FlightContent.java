package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A blob that is arriving, or has arrived since. */
final class FlightContent implements Content, FileRead.Access {

  private final Digest digest;
  private final OptionalLong length;
  private final Fill fill;
  private final PassThrough source;
  private final Transfer transfer;
  private final Flights flights;
  private final Progress progress;

  FlightContent(
      Digest digest,
      OptionalLong length,
      Fill fill,
      PassThrough source,
      Transfer transfer,
      Flights flights,
      Progress progress) {
    this.digest = digest;
    this.length = length;
    this.fill = fill;
    this.source = source;
    this.transfer = transfer;
    this.flights = flights;
    this.progress = progress;
  }

  @Override
  public Optional<String> history() {
    return transfer.history();
  }

  @Override
  public Mono<Void> settled() {
    return transfer.settled();
  }

  @Override
  public OptionalLong length() {
    return progress.state() instanceof Progress.State.Whole whole
        ? OptionalLong.of(whole.readable())
        : length;
  }

  @Override
  public Flux<ByteBuf> read(long from, long to) {
    // Where the whole may never come, its digest does not decide on the end of a part.
    boolean isPart = from > 0 && !flights.policy().fillsBlob();
    long end = isPart ? Math.min(to, length.orElse(to)) : to;
    return Flux.defer(
        () -> {
          AtomicBoolean hasBegun = new AtomicBoolean();
          return flights
              .file(progress, this, from, end)
              .onErrorResume(FileEndedException.class, broken -> onward(broken, end))
              .doOnNext(_ -> hasBegun.setPlain(true))
              .onErrorResume(
                  _ -> !hasBegun.getPlain(), failure -> fromTheSecond(from, to, failure));
        });
  }

  /** Who was given nothing yet need not know that the first flight brought something wrong. */
  private Flux<ByteBuf> fromTheSecond(long from, long to, Throwable failure) {
    return transfer
        .second()
        .filter(content -> content.length().equals(length))
        .switchIfEmpty(Mono.error(failure))
        .flatMapMany(content -> content.read(from, to));
  }

  @Override
  public OpenFile open() throws IOException {
    if (fill.file().retain()) {
      return fill.file();
    }
    if (progress.state() instanceof Progress.State.Broken broken) {
      throw broken.cause();
    }
    return flights.blobs().open().acquire(digest);
  }

  @Override
  public void release(OpenFile file) {
    flights.blobs().open().release(digest, file);
  }

  @Override
  public void came(FileRead.Cursor reader) {
    transfer.came(reader);
  }

  @Override
  public void waits(FileRead.Cursor reader) {
    transfer.wanted(reader);
  }

  @Override
  public void left(FileRead.Cursor reader) {
    transfer.left(reader);
  }

  private Flux<ByteBuf> onward(FileEndedException broken, long to) {
    Hashed hashed = broken.hashed();
    return source.read(hashed == null ? Hashed.none(digest) : hashed, broken.position(), to);
  }
}
