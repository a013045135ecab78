package dev.entrepot.web;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.SignalType;

/** Writes one line a request, and counts it. */
final class AccessLog {

  private static final Logger log = LoggerFactory.getLogger("entrepot.access");

  private final Meters meters;

  AccessLog(Meters meters) {
    this.meters = meters;
  }

  void write(Exchange exchange, SignalType signal) {
    Exchange.Outcome outcome = exchange.outcome();
    String ended = ended(exchange, signal);
    if (exchange.isClientStalled()) {
      meters.clientCut("stalled");
    }
    meters.served(
        kind(exchange), outcome.cache(), outcome.status(), exchange.bytes(), exchange.duration());
    log.info(
        "method={} path=\"{}\" ns={} status={} cache={} bytes={} ms={} client={} agent=\"{}\" end={}{}",
        exchange.method(),
        printable(exchange.path()),
        namespace(exchange),
        outcome.status(),
        outcome.cache(),
        exchange.bytes(),
        exchange.duration().toMillis(),
        exchange.client(),
        printable(exchange.header("User-Agent").orElse("-")),
        ended,
        because(exchange, outcome));
  }

  private static String ended(Exchange exchange, SignalType signal) {
    if (exchange.hasAllLeft()) {
      return "complete";
    }
    if (exchange.isClientStalled()) {
      return "client-stalled";
    }
    if (exchange.brokenBecause().isPresent()) {
      return "broken";
    }
    return signal == SignalType.CANCEL || exchange.isClientGone() ? "client-gone" : "complete";
  }

  private static String because(Exchange exchange, Exchange.Outcome outcome) {
    String reason = exchange.brokenBecause().orElse(outcome.explanation());
    return reason.isEmpty() ? "" : " because=\"" + printable(reason) + "\"";
  }

  private static String namespace(Exchange exchange) {
    return exchange
        .asked()
        .filter(RegistryRequest.OfRepository.class::isInstance)
        .map(RegistryRequest.OfRepository.class::cast)
        .flatMap(asked -> asked.name().namespace())
        .map(Object::toString)
        .orElse("-");
  }

  private static String kind(Exchange exchange) {
    return exchange
        .asked()
        .map(
            asked ->
                switch (asked) {
                  case RegistryRequest.Ping _ -> "ping";
                  case RegistryRequest.Manifest _ -> "manifest";
                  case RegistryRequest.Blob _ -> "blob";
                  case RegistryRequest.Tags _ -> "tags";
                  case RegistryRequest.Referrers _ -> "referrers";
                })
        .orElse("other");
  }

  /** A client must not be able to write lines of its own into the log. */
  private static String printable(String text) {
    StringBuilder line = new StringBuilder();
    text.chars()
        .limit(300)
        .forEach(c -> line.append(c >= 0x20 && c < 0x7f && c != '"' ? (char) c : '?'));
    return line.toString();
  }
}
