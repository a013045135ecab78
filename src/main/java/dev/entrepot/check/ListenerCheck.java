package dev.entrepot.check;

import dev.entrepot.access.ListenAddress;
import dev.entrepot.tls.ListenerDial;
import dev.entrepot.tls.ServedCertificate;
import dev.entrepot.tls.TlsProperties;
import dev.entrepot.tls.UnreachableListenerException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Dials our own listener as the nodes do. */
public final class ListenerCheck {

  private final ListenAddress listen;
  private final TlsProperties tls;

  public ListenerCheck(ListenAddress listen, TlsProperties tls) {
    this.listen = listen;
    this.tls = tls;
  }

  /** Dials and says how it went. Blocks. */
  public Finding finding() {
    if (!tls.enabled()) {
      return Finding.note("listener", "TLS is off, so there is no certificate to check");
    }
    ListenerDial dial = new ListenerDial(tls);
    try {
      ServedCertificate.Details details = dial.dial(host(), listen.port());
      List<String> missing = dial.missingNames(details);
      return missing.isEmpty()
          ? Finding.ok(
              "listener",
              "%s shows a certificate that its authority vouches for until %s, for %s"
                  .formatted(listen, details.notAfter(), String.join(", ", details.names())))
          : Finding.failed(
              "listener",
              "the certificate of %s lacks %s of entrepot.tls.names"
                  .formatted(listen, String.join(", ", missing)));
    } catch (UnreachableListenerException e) {
      return Finding.failed(
          "listener",
          e.getMessage() + "; start `entrepot serve`, or leave this out with --no-listener");
    } catch (IllegalStateException e) {
      return Finding.failed("listener", String.valueOf(e.getMessage()));
    }
  }

  /** Where every address is listened on, this machine is dialled at its loopback. */
  private String host() {
    try {
      return InetAddress.getByName(listen.host()).isAnyLocalAddress() ? "127.0.0.1" : listen.host();
    } catch (UnknownHostException _) {
      return listen.host();
    }
  }
}
