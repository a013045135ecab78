package dev.entrepot.access;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a listener listens.
 *
 * @param host a name or an IP address, IPv6 without brackets
 * @param port 0 stands for any free one
 */
public record ListenAddress(String host, int port) {

  public ListenAddress {
    if (host.isBlank()) {
      // An empty name resolves to loopback, which would make an open listener look safe.
      throw new IllegalArgumentException("the host to listen on must not be empty");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " must be between 0 and 65535");
    }
  }

  /** Reads {@code host:port}, {@code [ipv6]:port} or {@code :port}, which means every address. */
  public static ListenAddress of(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (colon < 0 || (host.indexOf(':') >= 0 && !bracketed)) {
      throw new IllegalArgumentException(
          "'" + text + "' must be host:port, for example 127.0.0.1:5443 or [::1]:5443");
    }
    String bare = bracketed ? host.substring(1, host.length() - 1) : host;
    try {
      return new ListenAddress(
          host.isEmpty() ? "0.0.0.0" : bare, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "' must end in a port number, for example 127.0.0.1:5443", e);
    }
  }

  /** Whether only this machine can reach it. A name that does not resolve counts as reachable. */
  public boolean isLoopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException _) {
      return false;
    }
  }

  /** The address to bind. */
  public InetSocketAddress toSocketAddress() {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      // Servers take an unresolved address for "every interface".
      throw new IllegalArgumentException(
          "tried to listen on " + this + " but there is no address of that name");
    }
    return address;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
