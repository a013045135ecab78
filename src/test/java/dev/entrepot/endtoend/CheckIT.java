package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.TestImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The doctor beside a running server. */
final class CheckIT {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final TestImage IMAGE = TestImage.create(1400);

  @TempDir private Path directory;

  @Test
  void listenerIsDialledWithItsOwnAuthorityAsNodesDo() {
    try (var registry =
            FakeRegistry.start()
                .protect(new RegistryAuth.Basic("robot", "secret"))
                .push("team/app", IMAGE, "v1");
        var entrepot =
            EntrepotProgram.serve(
                directory,
                """
                builtin-upstreams: false
                upstreams:
                - match: registry.test
                  endpoints: [%s]
                  credentials: {type: basic, username: robot, password: secret}
                """
                    .formatted(registry.uri()))) {
      // When
      var well = check(entrepot, directory.resolve("certs"), 0);
      var otherName =
          check(entrepot, directory.resolve("certs"), 1, "--entrepot.tls.names=mirror.corp.test");
      EntrepotProgram.run(
              directory, "certs", "init", "--entrepot.tls.directory=" + directory.resolve("other"))
          .awaitExit(PATIENCE);
      var otherAuthority = check(entrepot, directory.resolve("other"), 1);

      // Then
      assertThat(well)
          .contains("✓ listener", "127.0.0.1", "✓ upstream", "✓ credential")
          .doesNotContain("✗", "secret");
      assertThat(otherName).contains("✗ listener", "lacks mirror.corp.test");
      assertThat(otherAuthority).contains("✗ listener", "certificate would be refused");
    }
  }

  @Test
  void machinesGetOneDocumentWhateverGoesWrong() {
    // When
    try (var check =
        EntrepotProgram.run(
            directory,
            "check",
            "--json",
            "--no-listener",
            "--entrepot.builtin-upstreams=false",
            "--entrepot.upstreams[0].match=123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "--entrepot.upstreams[0].credentials.type=ecr",
            "--entrepot.upstreams[0].credentials.profile=nobody")) {
      int exitCode = check.awaitExit(PATIENCE);

      // Then
      assertThat(exitCode).isEqualTo(1);
      var document = JsonMapper.builder().build().readTree(check.output());
      assertThat(document.path("ok").asBoolean(true)).isFalse();
      assertThat(document.path("findings").path(2).path("message").asString())
          .contains(
              "ecr rule '123456789012.dkr.ecr.eu-west-1.amazonaws.com': profile 'nobody'",
              "is missing");
    }
  }

  private String check(EntrepotProgram entrepot, Path certs, int exitCode, String... flags) {
    var words = new ArrayList<String>();
    words.addAll(List.of("check", "--config", directory.resolve("entrepot.yaml").toString()));
    words.add("--entrepot.listen=127.0.0.1:" + entrepot.uri().getPort());
    words.add("--entrepot.tls.directory=" + certs);
    words.addAll(List.of(flags));
    try (var check = EntrepotProgram.run(directory, words.toArray(String[]::new))) {
      assertThat(check.awaitExit(PATIENCE)).as(check.output()).isEqualTo(exitCode);
      return check.output();
    }
  }
}
