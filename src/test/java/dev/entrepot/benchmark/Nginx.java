package dev.entrepot.benchmark;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.Body;
import dev.entrepot.testing.NativeProcess;
import dev.entrepot.testing.NativeProgram;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The real nginx with an image as static files: the fastest a mirror could hope to be. */
final class Nginx implements AutoCloseable {

  private final NativeProcess process;
  private final int port;

  private Nginx(NativeProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static Nginx start(
      Path directory, String repository, TestImage image, TestCertificates.Issued certificate)
      throws IOException {
    Path root = directory.resolve("v2").resolve(repository);
    for (var blob : image.blobs()) {
      write(root.resolve("blobs").resolve(blob.digest()), blob.body());
    }
    write(root.resolve("manifests").resolve(image.digest()), image.manifest().body());
    int port = freePort();
    var pem = certificate.write(directory, "nginx");
    // The best that a sendfile-less TLS server is known to do: large buffers, open files kept, no
    // access log (which the other two do write).
    String configuration =
        """
        daemon off;
        user root;
        worker_processes 2;
        pid %1$s/nginx.pid;
        error_log stderr error;
        events { worker_connections 1024; }
        http {
          access_log off;
          sendfile on;
          tcp_nopush on;
          output_buffers 2 256k;
          open_file_cache max=100 inactive=1h;
          open_file_cache_valid 1h;
          keepalive_requests 1000000000;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          default_type application/octet-stream;
          server {
            listen 127.0.0.1:%2$d ssl backlog=1024;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_certificate %3$s;
            ssl_certificate_key %4$s;
            root %1$s;
            location ~ /manifests/ { default_type %5$s; }
          }
        }
        """
            .formatted(directory, port, pem.certificate(), pem.key(), image.manifest().mediaType());
    return launch(directory, port, configuration);
  }

  /** As a cache in front of a registry: what does not fit one answer's buffers waits on disk. */
  static Nginx startCache(Path directory, URI upstream, TestCertificates.Issued certificate)
      throws IOException {
    int port = freePort();
    var pem = certificate.write(Files.createDirectories(directory), "nginx");
    String configuration =
        """
        daemon off;
        user root;
        worker_processes 2;
        pid %1$s/nginx.pid;
        error_log stderr error;
        events { worker_connections 4096; }
        http {
          access_log off;
          sendfile on;
          output_buffers 2 256k;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          proxy_cache_path %1$s/cache keys_zone=blobs:10m max_size=20g use_temp_path=off;
          upstream registry { server %5$s; keepalive 8; }
          server {
            listen 127.0.0.1:%2$d ssl backlog=1024;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_certificate %3$s;
            ssl_certificate_key %4$s;
            location / {
              proxy_pass http://registry;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_cache blobs;
              proxy_cache_valid 200 1h;
              proxy_cache_lock on;
              proxy_cache_lock_timeout 10m;
              proxy_cache_lock_age 10m;
              proxy_buffers 16 64k;
              proxy_buffer_size 64k;
              proxy_max_temp_file_size 20480m;
            }
          }
        }
        """
            .formatted(directory, port, pem.certificate(), pem.key(), upstream.getAuthority());
    return launch(directory, port, configuration);
  }

  private static Nginx launch(Path directory, int port, String configuration) throws IOException {
    String program = NativeProgram.require("nginx").toString();
    Path file = Files.writeString(directory.resolve("nginx.conf"), configuration);
    NativeProcess process =
        NativeProcess.start(
            directory.resolve("nginx.log"), Map.of(), List.of(program, "-c", file.toString()));
    Nginx nginx = new Nginx(process, port);
    Await.until("nginx to listen", nginx::listens);
    return nginx;
  }

  private boolean listens() {
    if (!process.isAlive()) {
      throw new AssertionError("nginx ended; it said:\n" + process.output());
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static void write(Path file, Body body) throws IOException {
    Files.createDirectories(file.getParent());
    try (InputStream bytes = body.stream()) {
      Files.copy(bytes, file);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  Peer peer() {
    return Peer.local("nginx", port, process.id());
  }

  @Override
  public void close() {
    process.close();
  }
}
