package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.Proof;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestCertificates;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** D 36: a rolling update takes the program away while nodes are pulling. */
@Tag(Proof.TAG)
final class TerminationIT {

  private static final int DOWNLOADS = Proof.count("downloads", 50, 200);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final TestBlob BLOB = TestBlob.of(3600, 4_000_000);

  /** More than fits into what lies between the program and a client that does not read. */
  private static final TestBlob LARGE = TestBlob.of(3601, 64_000_000);

  /** How long Spring waits for what stops, unless it is told otherwise. */
  private static final Duration FRAMEWORKS_PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path directory;

  @Test
  void everyDownloadUnderWayIsFinishedAndNoneIsBegun() throws Exception {
    var gate = new Gate();
    try (var registry = FakeRegistry.start().push("team/app", BLOB);
        var entrepot = EntrepotProgram.serve(directory, EntrepotProgram.before(registry));
        var clients = Executors.newVirtualThreadPerTaskExecutor();
        var overHttp2 =
            HttpClient.newBuilder().sslContext(TestCertificates.trust(entrepot.ca())).build()) {
      // Given
      registry.chaos().when(RequestMatch.get(BLOB.digest())).always(Fault.holdAt(2_500_000, gate));
      var downloads = new ArrayList<Download>();
      for (int client = 0; client < DOWNLOADS; client++) {
        downloads.add(Download.begin(entrepot.connect(), "team/app", BLOB).take(1_000_000));
      }
      var streams = begin(overHttp2, entrepot.uri());

      // When
      entrepot.process().terminate();

      // Then
      entrepot.awaitReadiness(503);
      entrepot.awaitNoMoreConnections();
      gate.open();
      var finished = downloads.stream().map(each -> clients.submit(each::finish)).toList();
      for (var download : finished) {
        download.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
      for (var stream : streams) {
        var answer = stream.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(Hashing.digest(answer.body())).isEqualTo(BLOB.digest());
      }
      assertThat(entrepot.process().awaitExit(PATIENCE)).isIn(0, 143);
      assertThat(entrepot.output()).doesNotContain("ERROR", "Exception", "end=broken");
    } finally {
      gate.open();
    }
  }

  @Test
  @Tag(Proof.HEAVY)
  void pullThatTakesLongerThanTheFrameworkWaitsIsFinished() throws Exception {
    try (var registry = FakeRegistry.start().push("team/app", LARGE);
        var entrepot = EntrepotProgram.serve(directory, EntrepotProgram.before(registry))) {
      // Given
      var download = Download.begin(entrepot.connect(), "team/app", LARGE).take(1_000_000);

      // When
      entrepot.process().terminate();
      entrepot.awaitNoMoreConnections();
      long terminated = System.nanoTime();
      Await.until(
          "the framework to lose patience",
          PATIENCE,
          () -> System.nanoTime() - terminated > FRAMEWORKS_PATIENCE.plusSeconds(5).toNanos());

      // Then
      download.finish();
      assertThat(entrepot.process().awaitExit(PATIENCE)).isIn(0, 143);
      assertThat(entrepot.output()).doesNotContain("ERROR", "Exception", "end=broken");
    }
  }

  private static List<CompletableFuture<HttpResponse<byte[]>>> begin(
      HttpClient client, URI origin) {
    var target = origin.resolve("/v2/team/app/blobs/" + BLOB.digest() + "?ns=registry.test");
    var request = HttpRequest.newBuilder(target).timeout(PATIENCE).build();
    // Their heads are awaited: a stream that was not begun yet would rightly be refused.
    var begun = new ArrayList<CompletableFuture<Void>>();
    var streams = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
    for (int stream = 0; stream < DOWNLOADS / 10; stream++) {
      var head = new CompletableFuture<Void>();
      begun.add(head);
      streams.add(
          client.sendAsync(
              request,
              info -> {
                head.complete(null);
                return BodyHandlers.ofByteArray().apply(info);
              }));
    }
    CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new))
        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .join();
    return streams;
  }
}
