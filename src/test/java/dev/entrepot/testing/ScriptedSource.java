package dev.entrepot.testing;

import dev.entrepot.cache.BlobSource;
import dev.entrepot.cache.BlobStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * A blob source in memory that breaks, waits and lies as it is told; its bytes come on the threads
 * of {@link Schedulers#parallel}, which must never touch a file.
 */
public final class ScriptedSource implements BlobSource {

  private final byte[] content;
  private final ByteBufAllocator allocator;
  private final Queue<Long> breaks = new ArrayDeque<>();
  private final Queue<Throwable> refusals = new ConcurrentLinkedQueue<>();
  private final List<Part> parts = new CopyOnWriteArrayList<>();
  private final List<Long> opens = new CopyOnWriteArrayList<>();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicInteger closed = new AtomicInteger();
  private final Sinks.Empty<Void> gate = Sinks.empty();
  private volatile boolean isGateOpen;
  private long gatePosition = Long.MAX_VALUE;
  private OptionalLong length;
  private boolean hasRanges = true;
  private int lies;
  private int retries;
  private volatile int blames;
  private int pieceSize = 16 * 1024;

  public ScriptedSource(byte[] content, ByteBufAllocator allocator) {
    this.content = content;
    this.allocator = allocator;
    this.length = OptionalLong.of(content.length);
  }

  /** Bytes in one buffer. */
  public ScriptedSource pieces(int size) {
    pieceSize = size;
    return this;
  }

  /** Announces this length whatever is true. */
  public ScriptedSource announcing(long length) {
    this.length = OptionalLong.of(length);
    return this;
  }

  /** Announces no length. */
  public ScriptedSource withoutLength() {
    length = OptionalLong.empty();
    return this;
  }

  /** Starts at the first byte wherever it is opened. */
  public ScriptedSource withoutRanges() {
    hasRanges = false;
    return this;
  }

  /** The next open, and the next and so on, each break at their position of the blob. */
  public ScriptedSource breakingAt(long... positions) {
    for (long position : positions) {
      breaks.add(position);
    }
    return this;
  }

  /** Sends something else, so many times. */
  public ScriptedSource lying(int times) {
    lies = times;
    return this;
  }

  /** Says of every stream that it had to ask so many times more for it. */
  public ScriptedSource retrying(int times) {
    retries = times;
    return this;
  }

  /** The next open fails. */
  public ScriptedSource refusing(Throwable reason) {
    refusals.add(reason);
    return this;
  }

  /** Streams that begin before {@code position} stop there before {@link #openGate}. */
  public ScriptedSource gatedAt(long position) {
    gatePosition = position;
    return this;
  }

  public void openGate() {
    isGateOpen = true;
    gate.tryEmitEmpty();
  }

  /** The offsets it was opened at. */
  public List<Long> opens() {
    return opens;
  }

  /** What it was asked for. */
  public List<Part> parts() {
    return parts;
  }

  /** A part of the content; {@code to} is {@link Long#MAX_VALUE} for all that follows. */
  public record Part(long from, long to) {}

  /** How many bytes it has sent. */
  public long sent() {
    return sent.get();
  }

  /** How many streams were ended or cancelled. */
  public int closed() {
    return closed.get();
  }

  /** How often it was told that it had sent something else. */
  public int blames() {
    return blames;
  }

  @Override
  public synchronized void provedWrong() {
    blames++;
  }

  @Override
  public synchronized Mono<BlobStream> open(long from, long to) {
    opens.add(from);
    parts.add(new Part(from, to));
    Throwable refusal = refusals.poll();
    if (refusal != null) {
      return Mono.error(refusal);
    }
    long start = hasRanges ? from : 0;
    long stop = hasRanges ? Math.min(to, content.length) : content.length;
    Long broken = breaks.poll();
    long end = broken == null ? stop : Math.clamp(broken, start, stop);
    boolean isLie = lies-- > 0;
    Flux<ByteBuf> bytes =
        Flux.from(reader -> reader.onSubscribe(new Stream(reader, start, end, isLie)));
    if (broken != null) {
      bytes = bytes.concatWith(Mono.error(new IOException("broken")));
    }
    return Mono.just(new BlobStream(start, length, true, retries, bytes));
  }

  private ByteBuf piece(long from, long to) {
    int size = (int) Math.min(pieceSize, to - from);
    sent.addAndGet(size);
    return allocator.directBuffer(size, size).writeBytes(content, (int) from, size);
  }

  /** One opening; sends what is asked for, one buffer after the other. */
  private final class Stream implements Subscription, Runnable {

    private final Subscriber<? super ByteBuf> reader;
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger work = new AtomicInteger();
    private final long start;
    private final long end;
    private final boolean isLie;
    private volatile boolean isOver;
    private long position;

    Stream(Subscriber<? super ByteBuf> reader, long start, long end, boolean isLie) {
      this.reader = reader;
      this.isLie = isLie;
      this.start = start;
      this.position = start;
      this.end = end;
      gate.asMono().subscribe(_ -> {}, _ -> {}, this::schedule);
    }

    @Override
    public void request(long n) {
      requested.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
      schedule();
    }

    @Override
    public void cancel() {
      if (!isOver) {
        isOver = true;
        closed.incrementAndGet();
      }
    }

    @Override
    public void run() {
      int seen = work.get();
      while (seen != 0) {
        send();
        seen = work.addAndGet(-seen);
      }
    }

    private void schedule() {
      if (work.getAndIncrement() == 0) {
        Schedulers.parallel().schedule(this);
      }
    }

    private void send() {
      while (!isOver && requested.get() > 0 && position < reach()) {
        ByteBuf piece = piece(position, reach());
        if (isLie) {
          piece.setByte(0, piece.getByte(0) ^ 1);
        }
        position += piece.readableBytes();
        requested.decrementAndGet();
        reader.onNext(piece);
      }
      if (!isOver && position == end && reach() == end) {
        cancel();
        reader.onComplete();
      }
    }

    private long reach() {
      boolean isGated = !isGateOpen && start < gatePosition && gatePosition < end;
      return isGated ? gatePosition : end;
    }
  }
}
