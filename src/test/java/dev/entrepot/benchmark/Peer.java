package dev.entrepot.benchmark;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;

/** A program that serves the registry API over TLS on this machine. */
record Peer(String name, InetSocketAddress address, long processId) {

  static Peer local(String name, int port, long processId) {
    return new Peer(name, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), processId);
  }

  URI uri(String path) {
    return URI.create(
        "https://%s:%d%s".formatted(address.getHostString(), address.getPort(), path));
  }

  /** What asks for this path, as containerd would. */
  byte[] request(String path) {
    return """
        GET %s HTTP/1.1\r
        Host: %s:%d\r
        User-Agent: containerd/2.1.0\r
        Accept: application/vnd.oci.image.manifest.v1+json, */*\r
        \r
        """
        .formatted(path, address.getHostString(), address.getPort())
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** The processor time it has used so far, with its children's. */
  Duration processorTime() {
    return ProcessHandle.of(processId).stream()
        .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .reduce(Duration.ZERO, Duration::plus);
  }
}
