package dev.entrepot.upstream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;

/** A host nobody should talk to: it tells whether anybody so much as connected. */
final class SilentHost implements AutoCloseable {

  private final ServerSocket socket;

  SilentHost() {
    try {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("tried to listen on a free port but could not", e);
    }
  }

  int port() {
    return socket.getLocalPort();
  }

  String authority() {
    return "127.0.0.1:" + port();
  }

  /** The kernel takes connections without us: one that was made waits to be accepted. */
  boolean wasContacted() {
    try {
      socket.setSoTimeout(20);
      socket.accept().close();
      return true;
    } catch (SocketTimeoutException _) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("tried to look for connections but could not", e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException("tried to stop listening but could not", e);
    }
  }
}
