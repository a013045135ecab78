package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a person starts and stops it. */
final class ProgramIT {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final TestImage IMAGE = TestImage.create(1000);
  private static final TestBlob BLOB = TestBlob.of(1001, 2_000_000);
  private static final Pattern WARM_WITHOUT_UPSTREAM =
      Pattern.compile("^warm +\\d+ +[\\d.,]+ +0 +0 +0[.,]0 +\\d+$", Pattern.MULTILINE);
  private static final Pattern RENEWED_WITH_ONE_TOKEN =
      Pattern.compile("^renewed +\\d+ +[\\d.,]+ +\\d+ +1 +[\\d.,]+ +\\d+$", Pattern.MULTILINE);

  @TempDir private Path directory;

  @Test
  void demonstrationShowsAWarmPullAndARenewalAndLeavesNothing() throws IOException {
    // When
    try (var demo = EntrepotProgram.run(directory, "demo", "--once")) {
      int exitCode = demo.awaitExit(PATIENCE);

      // Then
      assertThat(exitCode).as(demo.output()).isZero();
      assertThat(demo.output())
          .containsPattern(WARM_WITHOUT_UPSTREAM)
          .containsPattern(RENEWED_WITH_ONE_TOKEN);
      assertThat(demo.output()).doesNotContain("WARN", "ERROR", "Exception");
      try (var left = Files.list(directory)) {
        assertThat(left).noneMatch(Files::isDirectory);
      }
    }
  }

  @Test
  void terminationFinishesWhatIsUnderWay() {
    var gate = new Gate();
    try (var registry = privateRegistry();
        var entrepot = EntrepotProgram.serve(directory, configuration(registry));
        var connection = entrepot.connect();
        var other = entrepot.connect()) {
      // Given
      new Pull(other, "registry.test").image("team/app", "v1", IMAGE);
      registry.chaos().when(RequestMatch.get(BLOB.digest())).once(Fault.holdAt(700_000, gate));
      var download = new Pull(connection, "registry.test").begin("team/app/blobs/" + BLOB.digest());
      assertThat(download.readHead().status()).isEqualTo(200);
      assertThat(download.read(600_000)).isEqualTo(BLOB.bytes(0, 600_000));

      // When
      entrepot.process().terminate();

      // Then
      entrepot.awaitReadiness(503);
      entrepot.awaitNoMoreConnections();
      gate.open();
      assertThat(download.read(1_400_000)).isEqualTo(BLOB.bytes(600_000, 1_400_000));
      assertThat(entrepot.process().awaitExit(PATIENCE)).isIn(0, 143);
      assertThat(entrepot.output()).doesNotContain("ERROR", "Exception");
    } finally {
      gate.open();
    }
  }

  @Test
  void secondProcessOnTheSameCacheIsRefusedInOneSentence() {
    try (var registry = privateRegistry();
        var first = EntrepotProgram.serve(directory, configuration(registry));
        var second = EntrepotProgram.begin(directory, configuration(registry))) {
      // When
      int exitCode = second.process().awaitExit(PATIENCE);

      // Then
      assertThat(exitCode).isEqualTo(1);
      assertThat(second.output().lines())
          .singleElement()
          .asString()
          .startsWith("entrepot: ")
          .contains(directory.resolve("cache").toString(), "another process is using it");
      try (var connection = first.connect()) {
        new Pull(connection, "registry.test").image("team/app", "v1", IMAGE);
      }
    }
  }

  private static FakeRegistry privateRegistry() {
    return FakeRegistry.start()
        .protect(new RegistryAuth.Basic("robot", "secret"))
        .push("team/app", IMAGE, "v1")
        .push("team/app", BLOB);
  }

  private static String configuration(FakeRegistry registry) {
    return """
    upstreams:
    - match: registry.test
      endpoints: [%s]
      credentials: {type: basic, username: robot, password: secret}
    """
        .formatted(registry.uri());
  }
}
