package dev.entrepot.upstream;

import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Ends a stream that sends nothing for too long although something was asked for. Unlike {@code
 * timeout} it does not blame the source for a reader that takes its time.
 */
final class IdleLimit<T> extends Flux<T> {

  private final Publisher<T> source;
  private final Duration limit;

  IdleLimit(Publisher<T> source, Duration limit) {
    this.source = source;
    this.limit = limit;
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    source.subscribe(new Watch<>(actual, limit, Schedulers.parallel()));
  }

  private static final class Watch<T> implements CoreSubscriber<T>, Subscription {

    private final CoreSubscriber<? super T> actual;
    private final long limitNanos;
    private final Scheduler timer;
    private @Nullable Subscription upstream;
    private @Nullable Disposable alarm;
    private long wanted;
    private long waitingSince;
    private boolean over;

    Watch(CoreSubscriber<? super T> actual, Duration limit, Scheduler timer) {
      this.actual = actual;
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
        }
        wanted = Operators.addCap(wanted, n);
        if (alarm == null && !over) {
          alarm = timer.schedule(this::look, limitNanos, TimeUnit.NANOSECONDS);
        }
      }
      source().request(n);
    }

    @Override
    public void onNext(T item) {
      synchronized (this) {
        if (over) {
          // It crossed with the end: nobody else will release it.
          ReferenceCountUtil.release(item);
          return;
        }
        waitingSince = now();
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
      synchronized (this) {
        if (over) {
          return;
        }
        if (wanted == 0) {
          alarm = null;
          return;
        }
        long left = limitNanos - (now() - waitingSince);
        if (left > 0) {
          alarm = timer.schedule(this::look, left, TimeUnit.NANOSECONDS);
          return;
        }
      }
      if (end()) {
        source().cancel();
        actual.onError(ReadTimeoutException.INSTANCE);
      }
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
