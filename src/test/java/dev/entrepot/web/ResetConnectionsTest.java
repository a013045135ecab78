package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestingProxy;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ResetConnectionsTest {

  private static final String NETTY = "io.netty.channel.DefaultChannelPipeline";

  /** The preface, empty settings, and HEADERS of stream 1: GET https://127.0.0.1/v2/. */
  private static final byte[] PING =
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
              + "\0\0\0\4\0\0\0\0\0"
              + "\0\0\u0013\1\5\0\0\0\1\u0082\u0087D\4/v2/A\u0009127.0.0.1")
          .getBytes(StandardCharsets.ISO_8859_1);

  @TempDir private Path directory;
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Logger ours = (Logger) LoggerFactory.getLogger(ResetConnections.class);
  private final Logger netty = (Logger) LoggerFactory.getLogger(NETTY);

  @BeforeEach
  void listen() {
    ours.setLevel(Level.DEBUG);
    logged.start();
    ours.addAppender(logged);
    netty.addAppender(logged);
  }

  @AfterEach
  void stopListening() {
    ours.setLevel(null);
    ours.detachAppender(logged);
    netty.detachAppender(logged);
  }

  /** curl over HTTP/2 ends so. */
  @Test
  void clientThatResetsItsHttp2ConnectionIsNoWarning() throws IOException {
    try (var proxy = TestingProxy.in(directory).secured().start();
        var plain = new Socket(InetAddress.getLoopbackAddress(), proxy.listener().port())) {
      // Given
      var secure = http2(plain, proxy);

      // When
      readUntilAnswered(new DataInputStream(secure.getInputStream()));
      plain.setSoLinger(true, 0);
      plain.close();

      // Then
      Await.until("a word about the reset", () -> !logged.list.isEmpty());
      assertThat(logged.list).extracting(ILoggingEvent::getLevel).containsOnly(Level.DEBUG);
    }
  }

  private static void readUntilAnswered(DataInputStream frames) throws IOException {
    boolean isLast = false;
    while (!isLast) {
      int length = frames.readUnsignedShort() << 8 | frames.readUnsignedByte();
      int type = frames.readUnsignedByte();
      int flags = frames.readUnsignedByte();
      int stream = frames.readInt();
      frames.skipNBytes(length);
      isLast = stream == 1 && type <= 1 && (flags & 1) == 1;
    }
  }

  private SSLSocket http2(Socket plain, TestingProxy proxy) throws IOException {
    var ca = Files.writeString(directory.resolve("ca.pem"), proxy.authorityPem());
    var secure =
        (SSLSocket)
            TestCertificates.trust(ca)
                .getSocketFactory()
                .createSocket(plain, "127.0.0.1", plain.getPort(), true);
    var parameters = secure.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    assertThat(secure.getApplicationProtocol()).isEqualTo("h2");
    secure.getOutputStream().write(PING);
    return secure;
  }
}
