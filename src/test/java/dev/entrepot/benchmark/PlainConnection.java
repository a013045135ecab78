package dev.entrepot.benchmark;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One connection without TLS, whose bytes are counted and thrown away. */
final class PlainConnection implements BlobConnection {

  private final SocketChannel channel;
  private final ByteBuffer received;
  private long came;

  private PlainConnection(SocketChannel channel, int buffer) {
    this.channel = channel;
    this.received = ByteBuffer.allocateDirect(buffer);
  }

  static PlainConnection open(InetSocketAddress address, int buffer) throws IOException {
    return new PlainConnection(SocketChannel.open(address), buffer);
  }

  @Override
  public void send(byte[] request) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(request);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public long head() throws IOException {
    received.clear();
    while (true) {
      read();
      String text = StandardCharsets.ISO_8859_1.decode(received.duplicate().flip()).toString();
      int end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        came = received.position() - end - 4L;
        return ResponseHead.contentLength(text.substring(0, end));
      }
    }
  }

  @Override
  public long awaitBody(long bytes) throws IOException {
    while (came < bytes) {
      received.clear();
      came += read();
    }
    return came;
  }

  private int read() throws IOException {
    int count = channel.read(received);
    if (count < 0) {
      throw new EOFException("the server closed before its response was complete");
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
