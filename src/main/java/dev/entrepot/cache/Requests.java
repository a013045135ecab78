package dev.entrepot.cache;

import dev.entrepot.oci.ByteRange;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import reactor.core.publisher.Flux;

/** The requests that a transfer has under way: those its plan asks for, and no more. */
final class Requests {

  private final Request.Owner owner;
  private final Flights flights;
  private final SteadySource source;
  private final FlightRecord record;
  private final Progress progress;
  private final Extents filled;
  // What is below changes under the lock of this.
  private final FillPlan plan;
  private volatile List<Request> underWay = List.of();
  private volatile boolean goThroughAll;
  private volatile boolean isLengthKnown;
  private volatile boolean hasBegun;
  private volatile boolean isOver;

  Requests(
      Request.Owner owner,
      FillPlan plan,
      Extents filled,
      Progress progress,
      SteadySource source,
      Flights flights,
      FlightRecord record) {
    this.owner = owner;
    this.plan = plan;
    this.source = source;
    this.flights = flights;
    this.record = record;
    this.filled = filled;
    this.progress = progress;
  }

  /**
   * Takes the first stream, which is open already.
   *
   * @param asked what it was asked for
   */
  void begin(BlobStream stream, ByteRange asked) {
    Request first;
    FillPlan.Part part;
    synchronized (this) {
      if (!stream.hasRanges() || stream.offset() != asked.first()) {
        plan.hasNoRanges(underWay);
      }
      part =
          plan.first(
              stream.offset(), stream.offset() == asked.first() ? asked.end() : Long.MAX_VALUE);
      first = embark(part);
      hasBegun = true;
      goThroughAll = plan.goesThroughAll();
    }
    first.take(
        stream.offset() == 0
            ? source.bytes(0, part.to(), stream)
            : source.part(stream.offset(), part.to(), stream),
        flights.threads(),
        flights.share().prefetch());
  }

  /** Makes one for this reader, unless another one is about to bring what it waits for. */
  void wanted(FileRead.Cursor reader) {
    long lead = flights.policy().lead();
    long position = lacks(reader);
    for (Request request : underWay) {
      if (request.isSoonAt(position, lead)) {
        if (!flights.policy().fillsBlob()) {
          request.goOn();
        }
        return;
      }
    }
    makePlace();
    start(List.of(reader), false);
  }

  /**
   * Where only what is read is fetched, a request far ahead of slow readers would keep its place
   * for as long as they like: it ends, and they get another one when they have come so far.
   */
  private synchronized void makePlace() {
    if (underWay.size() >= flights.policy().mostRequests()) {
      underWay.stream()
          .filter(request -> !owner.wantsMoreOf(request))
          .findFirst()
          .ifPresent(Request::endHere);
    }
  }

  /** Makes those that are missing, for these readers and for the whole. */
  void goOn(Collection<FileRead.Cursor> readers) {
    start(readers, flights.policy().fillsBlob());
  }

  /** Has each look whether it is still wanted. */
  void look() {
    underWay.forEach(Request::goOn);
  }

  /** The content is so long. */
  synchronized void lengthIs(OptionalLong length) {
    plan.lengthIs(length);
    isLengthKnown = length.isPresent();
    goThroughAll = plan.goesThroughAll();
  }

  /** This one is over. */
  synchronized void ended(Request request) {
    underWay = underWay.stream().filter(other -> other != request).toList();
  }

  /** This one is over, because the source starts at the first byte whatever it is asked for. */
  synchronized void refused(Request request) {
    ended(request);
    plan.hasNoRanges(underWay);
    goThroughAll = true;
  }

  /** Whether every request goes through all that lies before what is wanted. */
  boolean goThroughAll() {
    return goThroughAll;
  }

  /**
   * How far one has to go for a reader up to there: while nobody knows which bytes are the last,
   * those at the front are withheld.
   */
  long endFor(long to) {
    int withheld = isLengthKnown ? 0 : flights.tuning().withheld();
    return to > Long.MAX_VALUE - withheld ? Long.MAX_VALUE : to + withheld;
  }

  /** Whether none is under way any more. */
  boolean haveEnded() {
    return hasBegun && underWay.isEmpty();
  }

  /** Ends them all; no other is made. */
  void end() {
    List<Request> left;
    synchronized (this) {
      isOver = true;
      left = underWay;
      underWay = List.of();
    }
    left.forEach(request -> request.abort(new CancellationException("the flight is over")));
  }

  /** The next byte that has to come for this reader: what it is kept from may be here already. */
  private long lacks(FileRead.Cursor reader) {
    long position = reader.position();
    boolean mayRead =
        progress.state().readableFrom(position, reader.to() == Long.MAX_VALUE) > position;
    return mayRead ? position : filled.endFrom(position);
  }

  private void start(Collection<FileRead.Cursor> readers, boolean isForWhole) {
    List<Launch> launches = new ArrayList<>();
    try {
      plan(readers, isForWhole, launches);
    } finally {
      // Those that were planned are made even if there was no memory for one more.
      launches.forEach(this::send);
    }
  }

  private void plan(
      Collection<FileRead.Cursor> readers, boolean isForWhole, List<Launch> launches) {
    synchronized (this) {
      if (isOver) {
        return;
      }
      for (FileRead.Cursor reader : readers) {
        plan.forReader(underWay, lacks(reader), reader.to())
            .map(this::launch)
            .ifPresent(launches::add);
      }
      Optional<FillPlan.Part> next = isForWhole ? nextOfWhole() : Optional.empty();
      while (next.isPresent()) {
        launches.add(launch(next.get()));
        next = nextOfWhole();
      }
    }
  }

  /** One request for the whole is a matter of course; more only help, as far as there are any. */
  private Optional<FillPlan.Part> nextOfWhole() {
    return plan.forWhole(underWay)
        .filter(part -> part.purpose() != FillPlan.Purpose.HELP || flights.share().takeHelper());
  }

  private Launch launch(FillPlan.Part part) {
    try {
      return new Launch(embark(part), part, plan.hasRanges());
    } catch (RuntimeException e) {
      if (part.purpose() == FillPlan.Purpose.HELP) {
        flights.share().giveHelperBack();
      }
      throw e;
    }
  }

  private Request embark(FillPlan.Part part) {
    Request request = new Request(owner, part, flights.tuning().buffers(), flights.share());
    List<Request> more = new ArrayList<>(underWay);
    more.add(request);
    underWay = List.copyOf(more);
    return request;
  }

  private void send(Launch launch) {
    if (isOver) {
      launch.request().drop();
      return;
    }
    FillPlan.Part part = launch.part();
    if (part.purpose() == FillPlan.Purpose.READER) {
      record.ahead();
    }
    Flux<ByteBuf> bytes =
        launch.hasRanges()
            ? source.part(part.from(), part.to(), null)
            : source.bytes(part.from(), part.to(), null);
    launch.request().take(bytes, flights.threads(), flights.share().prefetch());
  }

  /** One that was planned, to be sent when the lock is left. */
  private record Launch(Request request, FillPlan.Part part, boolean hasRanges) {}
}
