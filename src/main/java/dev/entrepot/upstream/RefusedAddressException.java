package dev.entrepot.upstream;

import java.net.UnknownHostException;

/** A name led to no address that the policy lets us connect to. */
final class RefusedAddressException extends UnknownHostException {

  private static final long serialVersionUID = 1L;

  RefusedAddressException(String message) {
    super(message);
  }
}
