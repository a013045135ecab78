package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * One request's way into the fill: a part of the blob, from one byte on. What arrives in small
 * buffers is written in large ones. Its {@link Intake} calls it on one thread at a time.
 */
final class Request implements Intake.Hold {

  private final Owner owner;
  private final ByteBuf gathered;
  private final long begin;
  private final boolean isHelper;
  private final RequestShare share;
  private volatile @Nullable Intake intake;
  private volatile long position;
  private volatile long stop;
  private boolean isOver;

  Request(Owner owner, FillPlan.Part part, Buffers buffers, RequestShare share) {
    this.owner = owner;
    this.begin = part.from();
    this.position = part.from();
    this.stop = part.to();
    this.isHelper = part.purpose() == FillPlan.Purpose.HELP;
    this.share = share;
    int size = Math.clamp(part.to() - part.from(), 1, share.piece());
    this.gathered = buffers.take(size);
    share.came();
  }

  /** Whom it brings bytes to. Called on disk threads, by one request on one thread at a time. */
  interface Owner {

    /** Puts its bytes where they belong, from its position on; false if that is not possible. */
    boolean land(Request request, ByteBuffer bytes);

    /** Whether anybody has a use for what else it would bring. */
    boolean needs(Request request);

    /** Whether it is not too far ahead of those it fetches for. */
    boolean wantsMoreOf(Request request);

    /** It has brought what it was to bring, or is not needed. */
    void arrived(Request request);

    /** Its source has no more. */
    void sourceEnded(Request request);

    /** Its source is exhausted without having brought all. */
    void failed(Request request, Throwable cause);
  }

  /** Ends it before it has begun. */
  void drop() {
    over();
  }

  /** Takes these bytes; to be called once. */
  void take(Flux<ByteBuf> bytes, DiskThreads threads, int prefetch) {
    Intake opened = new Intake(this, threads, prefetch);
    intake = opened;
    bytes.subscribe(opened);
  }

  /** Ends it in this failure, once it has begun. */
  void abort(Throwable cause) {
    Intake opened = intake;
    if (opened != null) {
      opened.abort(cause);
    }
  }

  /** Looks again whether its readers have come close. */
  void goOn() {
    Intake opened = intake;
    if (opened != null) {
      opened.goOn();
    }
  }

  /** Where its first byte went. */
  long begin() {
    return begin;
  }

  /** Where its next byte goes. */
  long position() {
    return position;
  }

  /** Where it stops. */
  long stop() {
    return stop;
  }

  /** From there on, others fetch. */
  void stopAt(long earlier) {
    stop = earlier;
  }

  /** Goes no further than it has come. */
  void endHere() {
    stopAt(position);
    goOn();
  }

  /** Whether it is about to bring this byte. */
  boolean isSoonAt(long wanted, long lead) {
    long next = position;
    return next <= wanted && wanted < stop && wanted - next <= lead;
  }

  @Override
  public boolean take(ByteBuf bytes) {
    while (bytes.isReadable()) {
      gathered.writeBytes(bytes, Math.min(bytes.readableBytes(), gathered.writableBytes()));
      if (!gathered.isWritable() && !land()) {
        return false;
      }
    }
    // Readers wait for the first bytes, and nobody for what is left beyond its end.
    boolean isGathering = position > begin && position + gathered.readableBytes() < stop;
    return isGathering || land();
  }

  @Override
  public boolean wantsMore() {
    return owner.wantsMoreOf(this);
  }

  @Override
  public boolean pause() {
    return land();
  }

  @Override
  public void end() {
    if (land()) {
      over();
      owner.sourceEnded(this);
    }
  }

  @Override
  public void fail(Throwable cause) {
    if (!isOver) {
      over();
      owner.failed(this, cause);
    }
  }

  /** Gives up its buffer; must be called on the thread that calls this. */
  private void over() {
    isOver = true;
    gathered.release();
    share.left();
    if (isHelper) {
      share.giveHelperBack();
    }
  }

  /** Puts what was gathered into the fill; false if no more is wanted. */
  private boolean land() {
    if (isOver) {
      return false;
    }
    // Read once. If another thread moves it on while these bytes land, what was gathered beyond the
    // old one is dropped already: this request still ends there.
    long end = stop;
    int count = (int) Math.min(gathered.readableBytes(), Math.max(0, end - position));
    ByteBuffer bytes = gathered.nioBuffer(gathered.readerIndex(), count);
    boolean isLanded = count == 0 || owner.land(this, bytes);
    long next = position + count;
    position = next;
    gathered.clear();
    if (isLanded && next < end && owner.needs(this)) {
      return true;
    }
    over();
    owner.arrived(this);
    return false;
  }
}
