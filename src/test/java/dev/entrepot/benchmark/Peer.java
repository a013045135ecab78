package dev.entrepot.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /** The memory resident now ({@code RSS}) or at the most so far ({@code HWM}), in MiB. */
  long residentMebibytes(String kind) {
    return ProcessHandle.of(processId).stream()
        .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
        .mapToLong(process -> resident(process.pid(), kind))
        .sum();
  }

  private static long resident(long process, String kind) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process + "/status"))) {
      return lines
          .filter(line -> line.startsWith("Vm" + kind + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "tried to read the memory of " + process + " but could not", e);
    }
  }

  /** The processor time it has used so far, with its children's. */
  Duration processorTime() {
    return ProcessHandle.of(processId).stream()
        .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .reduce(Duration.ZERO, Duration::plus);
  }
}
