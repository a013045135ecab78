package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration file of a running program is edited. */
final class ConfigurationReloadIT {

  private static final Duration PROMISED = Duration.ofSeconds(10);
  private static final TestImage IMAGE = TestImage.create(1200);
  private static final TestImage SECOND = TestImage.create(1201);
  private static final TestBlob BLOB = TestBlob.of(1202, 2_000_000);

  @TempDir private Path directory;

  @Test
  void editedUpstreamsServeWithinTenSecondsAndNoPullIsDropped() {
    var gate = new Gate();
    try (var first = FakeRegistry.start();
        var second = FakeRegistry.start();
        var entrepot = EntrepotProgram.serve(directory, rule("first.test", first, "old"));
        var download = entrepot.connect();
        var connection = entrepot.connect()) {
      // Given
      first
          .protect(new RegistryAuth.Basic("robot", "old"))
          .push("team/app", IMAGE, "v1")
          .push("team/app", BLOB);
      second.protect(new RegistryAuth.Basic("robot", "other")).push("team/app", SECOND, "v1");
      first.chaos().when(RequestMatch.get(BLOB.digest())).once(Fault.holdAt(700_000, gate));
      var body = new Pull(download, "first.test").begin("team/app/blobs/" + BLOB.digest());
      assertThat(body.readHead().status()).isEqualTo(200);
      assertThat(body.read(600_000)).isEqualTo(BLOB.bytes(0, 600_000));
      assertThat(status(connection, "second.test")).isEqualTo(403);

      // When: a rule is added and the password of another changed
      first.protect(new RegistryAuth.Basic("robot", "new"));
      entrepot.configure(
          rule("first.test", first, "new")
              + rule("second.test", second, "other").split("\n", 2)[1]);
      Await.until(
          "the new rule to be served", PROMISED, () -> status(connection, "second.test") == 200);

      // Then
      new Pull(connection, "second.test").image("team/app", "v1", SECOND);
      new Pull(connection, "first.test").image("team/app", "v1", IMAGE);
      gate.open();
      assertThat(body.read(1_400_000)).isEqualTo(BLOB.bytes(600_000, 1_400_000));

      // When: nonsense
      entrepot.configure("upstreams: [{match: first.test, credentials: {type: magic}}]\n");
      entrepot.process().awaitOutput("credentials.type 'magic'", PROMISED);

      // Then
      new Pull(connection, "first.test").image("team/app", "v1", IMAGE);
      assertThat(entrepot.output()).doesNotContain("ERROR", "Exception");
    } finally {
      gate.open();
    }
  }

  private static int status(HttpProbe connection, String registry) {
    return connection.exchange("GET", "/v2/team/app/manifests/v1?ns=" + registry).status();
  }

  private static String rule(String match, FakeRegistry registry, String password) {
    return """
    upstreams:
    - match: %s
      endpoints: [%s]
      credentials: {type: basic, username: robot, password: %s}
    """
        .formatted(match, registry.uri(), password);
  }
}
