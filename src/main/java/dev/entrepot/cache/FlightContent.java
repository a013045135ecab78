package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/** A blob that is arriving, or has arrived since. */
final class FlightContent implements Content, FileRead.Access {

  private final Digest digest;
  private final OptionalLong length;
  private final Fill fill;
  private final PassThrough source;
  private final Flights flights;
  private final Progress progress = new Progress(new Progress.State.Arriving(0));

  FlightContent(
      Digest digest, OptionalLong length, Fill fill, PassThrough source, Flights flights) {
    this.digest = digest;
    this.length = length;
    this.fill = fill;
    this.source = source;
    this.flights = flights;
  }

  Progress progress() {
    return progress;
  }

  @Override
  public OptionalLong length() {
    return progress.state() instanceof Progress.State.Whole whole
        ? OptionalLong.of(whole.readable())
        : length;
  }

  @Override
  public Flux<ByteBuf> read(long from, long to) {
    return flights
        .file(progress, this, from, to)
        .onErrorResume(FileEndedException.class, end -> onward(end, to));
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

  private Flux<ByteBuf> onward(FileEndedException end, long to) {
    Hashed hashed = end.hashed();
    return source.read(hashed == null ? Hashed.none(digest) : hashed, end.position(), to);
  }
}
