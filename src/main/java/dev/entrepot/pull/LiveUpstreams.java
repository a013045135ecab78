package dev.entrepot.pull;

import dev.entrepot.upstream.RegistryClients;
import java.util.function.Supplier;

/** The upstreams as configured now. A change swaps one snapshot for the next. */
public final class LiveUpstreams implements Supplier<Upstreams>, AutoCloseable {

  private volatile Upstreams current;

  /** Starts with these. */
  public LiveUpstreams(PullProperties settings, RegistryClients clients) {
    this.current = Upstreams.of(settings, clients);
  }

  @Override
  public Upstreams get() {
    return current;
  }

  /**
   * Puts other settings into force: for new pulls at once, while those under way end as they began.
   *
   * @throws IllegalArgumentException or {@link IllegalStateException} if they cannot be used; then
   *     the old ones stay
   */
  public synchronized void replace(PullProperties settings) {
    Upstreams old = current;
    RegistryClients clients = old.clients().with(settings.upstreams());
    try {
      current = Upstreams.of(settings, clients);
    } catch (RuntimeException e) {
      clients.handOverTo(old.clients());
      throw e;
    }
    old.clients().handOverTo(clients);
  }

  @Override
  public void close() {
    current.clients().close();
  }
}
