package dev.entrepot.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.springframework.util.unit.DataSize;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Ends a stream that sends nothing for too long although something was asked for, or that has sent
 * too little in as long a time. Unlike {@code timeout} it does not blame the source for a reader
 * that takes its time.
 */
final class PaceLimit extends Flux<ByteBuf> {

  private final Publisher<ByteBuf> source;
  private final Duration limit;
  private final DataSize slowest;

  /**
   * @param slowest what has to come each second, on average over {@code limit}
   */
  PaceLimit(Publisher<ByteBuf> source, Duration limit, DataSize slowest) {
    this.source = source;
    this.limit = limit;
    this.slowest = slowest;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
    source.subscribe(new Watch(actual, limit, slowest, Schedulers.parallel()));
  }

  private static final class Watch implements CoreSubscriber<ByteBuf>, Subscription {

    private final CoreSubscriber<? super ByteBuf> actual;
    private final Duration limit;
    private final DataSize slowest;
    private final long limitNanos;
    private final Scheduler timer;
    private @Nullable Subscription upstream;
    private @Nullable Disposable alarm;
    private long wanted;
    private long waitingSince;
    private boolean over;

    /**
     * The time in which something was asked for, of which the pace is judged, and what it brought.
     */
    private long pacedNanos;

    private long pacedSince;
    private long pacedBytes;

    Watch(
        CoreSubscriber<? super ByteBuf> actual, Duration limit, DataSize slowest, Scheduler timer) {
      this.actual = actual;
      this.limit = limit;
      this.slowest = slowest;
      this.limitNanos = limit.toNanos();
      this.timer = timer;
    }

    @Override
    public reactor.util.context.Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      actual.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      synchronized (this) {
        if (wanted == 0) {
          waitingSince = now();
          pacedSince = waitingSince;
        }
        wanted = Operators.addCap(wanted, n);
        if (alarm == null && !over) {
          alarm = timer.schedule(this::look, limitNanos, TimeUnit.NANOSECONDS);
        }
      }
      source().request(n);
    }

    @Override
    public void onNext(ByteBuf item) {
      synchronized (this) {
        if (over) {
          // It crossed with the end: nobody else will release it.
          ReferenceCountUtil.release(item);
          return;
        }
        waitingSince = now();
        pace(waitingSince);
        pacedBytes += item.readableBytes();
        if (wanted != Long.MAX_VALUE) {
          wanted--;
        }
      }
      actual.onNext(item);
    }

    @Override
    public void onError(Throwable failure) {
      if (end()) {
        actual.onError(failure);
      }
    }

    @Override
    public void onComplete() {
      if (end()) {
        actual.onComplete();
      }
    }

    @Override
    public void cancel() {
      end();
      source().cancel();
    }

    /** One alarm at a time is set: it looks how long we have waited and sleeps on for the rest. */
    private void look() {
      Throwable complaint;
      synchronized (this) {
        if (over) {
          return;
        }
        if (wanted == 0) {
          alarm = null;
          return;
        }
        long now = now();
        pace(now);
        long left = limitNanos - (now - waitingSince);
        if (left > 0 && !isTooSlow()) {
          long next = Math.min(left, limitNanos - pacedNanos);
          alarm = timer.schedule(this::look, next, TimeUnit.NANOSECONDS);
          return;
        }
        complaint = left > 0 ? new TooSlowException(slowest, limit) : ReadTimeoutException.INSTANCE;
      }
      if (end()) {
        source().cancel();
        actual.onError(complaint);
      }
    }

    private void pace(long now) {
      pacedNanos += now - pacedSince;
      pacedSince = now;
    }

    /** Judges a whole window, and begins the next. */
    private boolean isTooSlow() {
      if (pacedNanos < limitNanos) {
        return false;
      }
      double least = slowest.toBytes() * (pacedNanos / 1e9);
      boolean slow = pacedBytes < least;
      pacedNanos = 0;
      pacedBytes = 0;
      return slow;
    }

    private synchronized boolean end() {
      boolean first = !over;
      over = true;
      if (alarm != null) {
        alarm.dispose();
        alarm = null;
      }
      return first;
    }

    private long now() {
      return timer.now(TimeUnit.NANOSECONDS);
    }

    private Subscription source() {
      return upstream == null ? Operators.emptySubscription() : upstream;
    }
  }
}
