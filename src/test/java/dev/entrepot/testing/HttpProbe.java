package dev.entrepot.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A raw HTTP/1.1 connection for tests that must see every byte and how the connection ended. */
public final class HttpProbe implements AutoCloseable {

  private final Socket socket;
  private final InputStream input;
  private final String host;

  private HttpProbe(Socket socket, String host) throws IOException {
    this.socket = socket;
    this.host = host;
    socket.setSoTimeout((int) Await.DEADLINE.toMillis());
    this.input = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
  }

  /** Connects in plain text to the origin's host and port. */
  public static HttpProbe connect(URI origin) {
    try {
      return new HttpProbe(open(origin), origin.getAuthority());
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to connect to " + origin + " but could not", broken);
    }
  }

  /** Connects with TLS, naming and checking {@code serverName}. */
  public static HttpProbe connect(URI origin, SSLContext trust, String serverName) {
    try {
      var plain = open(origin);
      var secure =
          (SSLSocket)
              trust.getSocketFactory().createSocket(plain, serverName, origin.getPort(), true);
      var parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      if (!serverName.matches("[0-9.]+")) {
        parameters.setServerNames(List.of(new SNIHostName(serverName)));
      }
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      return new HttpProbe(secure, origin.getAuthority());
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to connect to " + origin + " but could not", broken);
    }
  }

  private static Socket open(URI origin) throws IOException {
    var socket = new Socket();
    var timeout = (int) Await.DEADLINE.toMillis();
    socket.connect(new InetSocketAddress(origin.getHost(), origin.getPort()), timeout);
    return socket;
  }

  /** One GET over a fresh plain connection. */
  public static ProbeAnswer get(URI origin, String target, String... headerLines) {
    try (var probe = connect(origin)) {
      return probe.exchange("GET", target, headerLines);
    }
  }

  /** One HEAD over a fresh plain connection. */
  public static ProbeAnswer head(URI origin, String target, String... headerLines) {
    try (var probe = connect(origin)) {
      return probe.exchange("HEAD", target, headerLines);
    }
  }

  /** Writes exactly this text, one byte per character. */
  public HttpProbe send(String raw) {
    try {
      socket.getOutputStream().write(raw.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return this;
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to send a request but could not", broken);
    }
  }

  /** Sends a request without a body; the target goes out byte-exact and Host is added. */
  public HttpProbe request(String method, String target, String... headerLines) {
    var lines = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
    for (var line : headerLines) {
      lines.append(line).append("\r\n");
    }
    return send(lines + "\r\n");
  }

  /** Sends a request and reads the whole answer. */
  public ProbeAnswer exchange(String method, String target, String... headerLines) {
    request(method, target, headerLines);
    return readAnswer(method);
  }

  /** Reads an answer as far as it comes, to a request of this method. */
  public ProbeAnswer readAnswer(String method) {
    var head = readHead();
    if (head.statusLine().isEmpty()) {
      return head;
    }
    var body = new ByteArrayOutputStream();
    var end = method.equals("HEAD") ? ProbeAnswer.End.COMPLETE : readBody(head, body);
    return new ProbeAnswer(head.statusLine(), head.headers(), Body.of(body.toByteArray()), end);
  }

  /**
   * Reads the status line and headers only; the status line is empty when the connection ended
   * first.
   */
  public ProbeAnswer readHead() {
    var headers = new ArrayList<Header>();
    try {
      var statusLine = line();
      for (var line = line(); !line.isEmpty(); line = line()) {
        var pair = line.split(":", 2);
        headers.add(new Header(pair[0], pair.length > 1 ? pair[1].strip() : ""));
      }
      return new ProbeAnswer(statusLine, headers, Body.of(""), ProbeAnswer.End.COMPLETE);
    } catch (IOException ended) {
      return new ProbeAnswer("", headers, Body.of(""), endOf(ended));
    }
  }

  /**
   * Reads body bytes until there are {@code count} or the connection ends; raw, so chunk heads are
   * among them.
   */
  public byte[] read(int count) {
    try {
      return input.readNBytes(count);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to read " + count + " bytes but could not", broken);
    }
  }

  /** How the connection ends: waits for FIN or RST, discarding what still comes. */
  public ProbeAnswer.End readToEnd() {
    return copy(Long.MAX_VALUE, new ByteArrayOutputStream());
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to close a probe but could not", broken);
    }
  }

  /** Resets the connection instead of closing it. */
  public void reset() {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException broken) {
      throw new UncheckedIOException("tried to reset a probe but could not", broken);
    }
    close();
  }

  private ProbeAnswer.End readBody(ProbeAnswer head, ByteArrayOutputStream body) {
    int status = head.status();
    if (status < 200 || status == 204 || status == 304) {
      return ProbeAnswer.End.COMPLETE;
    }
    if (head.header("Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent()) {
      return readChunks(body);
    }
    return copy(head.header("Content-Length").map(Long::parseLong).orElse(Long.MAX_VALUE), body);
  }

  private ProbeAnswer.End readChunks(ByteArrayOutputStream body) {
    try {
      while (true) {
        long size = Long.parseLong(line().split(";", 2)[0], 16);
        if (size > 0) {
          var end = copy(size, body);
          if (end != ProbeAnswer.End.COMPLETE) {
            return end;
          }
        }
        line();
        if (size == 0) {
          return ProbeAnswer.End.COMPLETE;
        }
      }
    } catch (IOException ended) {
      return endOf(ended);
    }
  }

  private ProbeAnswer.End copy(long count, ByteArrayOutputStream body) {
    var piece = new byte[16 * 1024];
    try {
      for (long left = count; left > 0; ) {
        int read = input.read(piece, 0, (int) Math.min(piece.length, left));
        if (read < 0) {
          return ProbeAnswer.End.FIN;
        }
        body.write(piece, 0, read);
        left -= read;
      }
      return ProbeAnswer.End.COMPLETE;
    } catch (IOException ended) {
      return endOf(ended);
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int octet = input.read(); octet != '\n'; octet = input.read()) {
      if (octet < 0) {
        throw new EOFException("the peer closed the connection");
      }
      if (octet != '\r') {
        line.append((char) octet);
      }
    }
    return line.toString();
  }

  private static ProbeAnswer.End endOf(IOException ended) {
    for (Throwable cause = ended; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketException) {
        return ProbeAnswer.End.RST;
      }
      if (cause instanceof EOFException) {
        return ProbeAnswer.End.FIN;
      }
    }
    throw new UncheckedIOException("tried to read an answer but could not", ended);
  }
}
