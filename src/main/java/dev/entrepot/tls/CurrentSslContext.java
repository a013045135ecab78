package dev.entrepot.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * A context that asks for the current one at each new connection. A connection holds on to the
 * context it began with; a replaced native context is freed by the garbage collector once its last
 * connection is gone.
 */
final class CurrentSslContext extends SslContext {

  private final Supplier<SslContext> current;

  CurrentSslContext(Supplier<SslContext> current) {
    this.current = current;
  }

  @Override
  public boolean isClient() {
    return current.get().isClient();
  }

  @Override
  public List<String> cipherSuites() {
    return current.get().cipherSuites();
  }

  @Override
  public long sessionCacheSize() {
    return current.get().sessionCacheSize();
  }

  @Override
  public long sessionTimeout() {
    return current.get().sessionTimeout();
  }

  @Override
  @SuppressWarnings("deprecation") // every SslContext has to implement it
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return current.get().applicationProtocolNegotiator();
  }

  @Override
  public SSLSessionContext sessionContext() {
    return current.get().sessionContext();
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator alloc) {
    return current.get().newEngine(alloc);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator alloc, String peerHost, int peerPort) {
    return current.get().newEngine(alloc, peerHost, peerPort);
  }

  // Handlers are made by the current context itself: built from newEngine they would run native
  // engines in the slower
  // mode that imitates the JDK's.

  @Override
  protected SslHandler newHandler(ByteBufAllocator alloc, boolean startTls) {
    return current.get().newHandler(alloc);
  }

  @Override
  protected SslHandler newHandler(
      ByteBufAllocator alloc, String peerHost, int peerPort, boolean startTls) {
    return current.get().newHandler(alloc, peerHost, peerPort);
  }

  @Override
  protected SslHandler newHandler(ByteBufAllocator alloc, boolean startTls, Executor executor) {
    return current.get().newHandler(alloc, executor);
  }

  @Override
  protected SslHandler newHandler(
      ByteBufAllocator alloc, String peerHost, int peerPort, boolean startTls, Executor executor) {
    return current.get().newHandler(alloc, peerHost, peerPort, executor);
  }
}
