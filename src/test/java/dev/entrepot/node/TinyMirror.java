package dev.entrepot.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A TLS server that has one image, {@code team/app:1}, and remembers what it was asked. */
final class TinyMirror implements AutoCloseable {

  private static final String CONFIG =
      """
      {"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}""";
  static final String CONFIG_DIGEST = digest(CONFIG);
  private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String MANIFEST =
      """
      {"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.oci.image.config.v1+json",\
      "digest":"%s","size":%d},"layers":[]}"""
          .formatted(MANIFEST_TYPE, CONFIG_DIGEST, CONFIG.length());

  private final HttpsServer server;
  private final MirrorCertificate certificate;
  private final List<String> requests = new CopyOnWriteArrayList<>();

  private TinyMirror(HttpsServer server, MirrorCertificate certificate) {
    this.server = server;
    this.certificate = certificate;
  }

  static TinyMirror start() throws IOException, GeneralSecurityException {
    var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var mirror = new TinyMirror(server, MirrorCertificate.create());
    server.setHttpsConfigurator(new HttpsConfigurator(mirror.certificate.serverContext()));
    server.createContext("/", mirror::answer);
    server.start();
    return mirror;
  }

  String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort();
  }

  String caPem() {
    return certificate.pem();
  }

  List<String> requests() {
    return requests;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    switch (exchange.getRequestURI().getPath()) {
      case String path
          when path.equals("/v2/team/app/manifests/1")
              || path.equals("/v2/team/app/manifests/" + digest(MANIFEST)) ->
          send(exchange, MANIFEST_TYPE, MANIFEST);
      case String path when path.equals("/v2/team/app/blobs/" + CONFIG_DIGEST) ->
          send(exchange, "application/octet-stream", CONFIG);
      case String _ -> exchange.sendResponseHeaders(404, -1);
    }
    exchange.close();
  }

  private static void send(HttpExchange exchange, String type, String body) throws IOException {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Docker-Content-Digest", digest(body));
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
      exchange.sendResponseHeaders(200, -1);
    } else {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static String digest(String content) {
    try {
      var hash =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
