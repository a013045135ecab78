package dev.entrepot.pull;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.RegistryClient;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** The way to upstream, which is closed while we are offline. */
final class Origin {

  private final Supplier<Upstreams> upstreams;
  private final boolean offline;

  Origin(Supplier<Upstreams> upstreams, boolean offline) {
    this.upstreams = upstreams;
    this.offline = offline;
  }

  boolean isOffline() {
    return offline;
  }

  /** The client for a route, or an error that says we are offline. */
  Mono<RegistryClient> client(Route route) {
    return Mono.fromSupplier(
        () -> {
          if (offline) {
            throw new RegistryException(
                ErrorCode.UPSTREAM_UNREACHABLE,
                "tried to ask "
                    + route.registry()
                    + " for "
                    + route.repository()
                    + " but Entrepot is offline and the cache does not hold it");
          }
          return upstreams.get().clients().of(route);
        });
  }
}
