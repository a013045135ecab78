package dev.entrepot.benchmark;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/**
 * One TLS 1.3 connection that decrypts no more than the head of its first response; everything
 * after it is only counted.
 */
final class RawConnection implements BlobConnection {

  /** The same for every peer; without ALPN all of them speak HTTP/1.1. */
  private static final String[] CIPHER = {"TLS_AES_128_GCM_SHA256"};

  private final SocketChannel channel;
  private final SSLEngine engine;
  private final RecordCounter counter = new RecordCounter();
  private final ByteBuffer received;
  private final ByteBuffer sent;
  private final ByteBuffer decrypted;
  private int headLength;
  private int withHead;

  private RawConnection(SocketChannel channel, SSLEngine engine, int buffer) {
    this.channel = channel;
    this.engine = engine;
    this.received = ByteBuffer.allocateDirect(buffer);
    this.sent = ByteBuffer.allocateDirect(engine.getSession().getPacketBufferSize());
    this.decrypted = ByteBuffer.allocate(2 * engine.getSession().getApplicationBufferSize());
  }

  /**
   * Connects and shakes hands.
   *
   * @param buffer the most bytes that are read from the socket at once
   */
  static RawConnection open(InetSocketAddress address, SSLContext trust, int buffer)
      throws IOException {
    return open(SocketChannel.open(address), address, trust, buffer);
  }

  /** The same, on a socket that takes in no more than it must. */
  static RawConnection openNarrow(InetSocketAddress address, SSLContext trust, int buffer)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, buffer);
    channel.connect(address);
    return open(channel, address, trust, buffer);
  }

  private static RawConnection open(
      SocketChannel channel, InetSocketAddress address, SSLContext trust, int buffer)
      throws IOException {
    try {
      // The request must not wait until the end of the handshake is acknowledged.
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      SSLEngine engine = trust.createSSLEngine(address.getHostString(), address.getPort());
      engine.setUseClientMode(true);
      engine.setEnabledProtocols(new String[] {"TLSv1.3"});
      engine.setEnabledCipherSuites(CIPHER);
      RawConnection connection = new RawConnection(channel, engine, buffer);
      connection.shakeHands();
      return connection;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void shakeHands() throws IOException {
    engine.beginHandshake();
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
      status =
          switch (status) {
            case NEED_TASK -> {
              for (Runnable task = engine.getDelegatedTask();
                  task != null;
                  task = engine.getDelegatedTask()) {
                task.run();
              }
              yield engine.getHandshakeStatus();
            }
            case NEED_WRAP -> encrypt(ByteBuffer.allocate(0));
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> decrypt().getHandshakeStatus();
            case FINISHED, NOT_HANDSHAKING -> status;
          };
    }
  }

  @Override
  public void send(byte[] request) throws IOException {
    encrypt(ByteBuffer.wrap(request));
  }

  private HandshakeStatus encrypt(ByteBuffer plain) throws IOException {
    sent.clear();
    SSLEngineResult result = engine.wrap(plain, sent);
    sent.flip();
    while (sent.hasRemaining()) {
      channel.write(sent);
    }
    return result.getHandshakeStatus();
  }

  /** Decrypts one record; waits for it. */
  private SSLEngineResult decrypt() throws IOException {
    while (true) {
      received.flip();
      SSLEngineResult result = engine.unwrap(received, decrypted);
      received.compact();
      switch (result.getStatus()) {
        case OK -> {
          return result;
        }
        case BUFFER_UNDERFLOW -> read();
        case BUFFER_OVERFLOW, CLOSED ->
            throw new EOFException("the server closed during the handshake or a head");
      }
    }
  }

  private int read() throws IOException {
    int count = channel.read(received);
    if (count < 0) {
      throw new EOFException("the server closed before its response was complete");
    }
    return count;
  }

  /** Decrypts a response's head and counts its body, which is the length of the whole. */
  long firstResponse() throws IOException {
    long body = head();
    if (awaitBody(body) > body) {
      throw new IllegalStateException(
          "expected %d bytes but %d came".formatted(body, awaitBody(body)));
    }
    counter.restart();
    return headLength + body;
  }

  @Override
  public long head() throws IOException {
    decrypted.clear();
    String text;
    int end;
    do {
      decrypt();
      text = new String(decrypted.array(), 0, decrypted.position(), StandardCharsets.ISO_8859_1);
      end = text.indexOf("\r\n\r\n");
    } while (end < 0);
    headLength = end + 4;
    withHead = decrypted.position() - headLength;
    counter.restart();
    received.flip();
    counter.take(received);
    received.clear();
    return ResponseHead.contentLength(text.substring(0, end));
  }

  @Override
  public long awaitBody(long bytes) throws IOException {
    while (withHead + counter.carried() < bytes) {
      progress();
    }
    return withHead + counter.carried();
  }

  /** From now on {@link #progress} does not wait. */
  void hand(Selector selector, Object attachment) throws IOException {
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, attachment);
  }

  /** Counts what has arrived of a response. */
  long progress() throws IOException {
    read();
    received.flip();
    counter.take(received);
    received.clear();
    return counter.carried();
  }

  /** The next response is counted from zero. */
  void nextResponse() {
    counter.restart();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
