package dev.entrepot.upstream;

import dev.entrepot.metrics.Meters;
import dev.entrepot.reload.ReloadOutcome;
import dev.entrepot.tls.ClientTrust;
import dev.entrepot.tls.UpstreamTlsProperties;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The TLS contexts of all rules; rules with the same settings share theirs. */
final class UpstreamTrust {

  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  private final Meters meters;
  private final Map<UpstreamTlsProperties, Contexts> contexts = new ConcurrentHashMap<>();

  UpstreamTrust(Meters meters) {
    this.meters = meters;
  }

  /** Reads the files the first time; fails with {@link IllegalStateException} on a bad one. */
  Contexts contexts(UpstreamTlsProperties properties) {
    return contexts.computeIfAbsent(
        properties,
        _ ->
            new Contexts(
                trust(properties, List.of("h2", "http/1.1")),
                trust(properties, List.of("http/1.1"))));
  }

  /** Looks no more after the files of other settings; connections that use them stay. */
  void keepOnly(Set<UpstreamTlsProperties> wanted) {
    contexts
        .entrySet()
        .removeIf(
            known -> {
              boolean over = !wanted.contains(known.getKey());
              if (over) {
                known.getValue().either().close();
                known.getValue().http1().close();
              }
              return over;
            });
  }

  private ClientTrust trust(UpstreamTlsProperties properties, List<String> protocols) {
    ClientTrust trust = new ClientTrust(properties, protocols, this::reloaded);
    trust.start(LOOK_EVERY);
    return trust;
  }

  private void reloaded(ReloadOutcome outcome) {
    switch (outcome) {
      case ReloadOutcome.Unchanged() -> {}
      case ReloadOutcome.Replaced() -> meters.reloaded("upstream-tls", "loaded");
      case ReloadOutcome.Kept _ -> meters.reloaded("upstream-tls", "failed");
    }
  }

  /**
   * @param either lets the other side choose HTTP/2
   */
  record Contexts(ClientTrust either, ClientTrust http1) {
    SslContext forEither() {
      return either.context();
    }

    SslContext forHttp1() {
      return http1.context();
    }
  }
}
