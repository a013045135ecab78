package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Assertion 26, A 1 and A 2: a rollout makes every node ask for the same layer at once. */
final class ColdStampedeIT {

  private static final int CLIENTS = 50;
  private static final int LENGTH = 200 << 20;
  private static final TestBlob BLOB = TestBlob.of(61, LENGTH);
  private static final String TARGET = ProxiedRegistry.target("team/app/blobs/" + BLOB.digest());

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @Test
  void coldBlobIsFetchedOnceAndReachesEverybodyBeforeItsLastByteIsSent() throws Exception {
    // Given
    Gate gate = new Gate();
    CountDownLatch started = new CountDownLatch(CLIENTS);
    mirror.registry().push("team/app", BLOB);
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.get("/blobs/"))
        .always(Fault.holdAt(LENGTH - 1, gate));
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      // When
      List<Future<String>> digests =
          IntStream.range(0, CLIENTS).mapToObj(_ -> clients.submit(() -> pull(started))).toList();
      boolean everybodyHadAByte = started.await(60, TimeUnit.SECONDS);
      long sentByThen = mirror.registry().bodyBytesSent();
      gate.open();

      // Then
      assertThat(everybodyHadAByte).isTrue();
      assertThat(sentByThen).isLessThan(LENGTH);
      for (Future<String> digest : digests) {
        assertThat(digest.get(5, TimeUnit.MINUTES)).isEqualTo(BLOB.digest());
      }
    }
    assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(1);
  }

  private String pull(CountDownLatch started) throws Exception {
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    try (HttpProbe probe = mirror.connect().request("GET", TARGET)) {
      assertThat(probe.readHead().status()).isEqualTo(200);
      hash.update(probe.read(1));
      started.countDown();
      for (int left = LENGTH - 1; left > 0; ) {
        byte[] piece = probe.read(Math.min(left, 256 << 10));
        assertThat(piece).as("the answer ended short").isNotEmpty();
        hash.update(piece);
        left -= piece.length;
      }
    }
    return "sha256:" + HexFormat.of().formatHex(hash.digest());
  }
}
