package dev.entrepot.web;

import java.io.IOException;
import java.time.Duration;

/** A client took no byte of what waited for it, for longer than clients may. */
final class StalledClientException extends IOException {

  StalledClientException(Duration patience) {
    super("the client took no byte for " + patience.toMillis() + " ms", null);
  }
}
