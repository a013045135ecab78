package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the doctor says of registries that are well and of those that are not. */
final class CheckCommandTest {

  private static final String PASSWORD = "canary-password";
  private static final TestImage IMAGE = TestImage.create(1300);

  @TempDir private Path directory;

  private final FakeRegistry registry =
      FakeRegistry.start()
          .protect(new RegistryAuth.Basic("robot", PASSWORD))
          .push("team/app", IMAGE, "v1");
  private final FakeTokenServer tokens =
      FakeTokenServer.start(InstantSource.system()).allow("robot", PASSWORD);
  private final FakeRegistry bearer =
      FakeRegistry.start().protect(new RegistryAuth.Bearer(tokens)).push("team/app", IMAGE, "v1");

  private record Result(int exitCode, String out) {}

  @BeforeEach
  void configure() throws IOException {
    configure(PASSWORD);
  }

  @AfterEach
  void stop() {
    registry.close();
    bearer.close();
    tokens.close();
  }

  @Test
  void whatIsWellIsTicked() {
    // When
    Result result = check("--no-listener");

    // Then
    assertThat(result.exitCode()).as(result.out()).isZero();
    assertThat(result.out().lines())
        .hasSize(6)
        .allMatch(line -> line.startsWith("✓ "))
        .anyMatch(line -> line.contains("entrepot.yaml: 2 upstreams of its own, 0 built in"))
        .anyMatch(line -> line.contains("basic rule 'basic.test': there is one"))
        .anyMatch(line -> line.contains("rule 'token.test' answers and takes the credential"));
    assertThat(tokens.calls()).isEqualTo(1);
  }

  @Test
  void aRefusedCredentialIsOneSentence() throws IOException {
    // Given
    configure("wrong-canary");

    // When
    Result result = check("--no-listener");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out().lines().filter(line -> line.startsWith("✗ ")))
        .hasSize(2)
        .anyMatch(line -> line.contains("basic rule 'basic.test': ") && line.contains("401"))
        .anyMatch(line -> line.contains("rule 'token.test'") && line.contains("401"));
    assertThat(result.out()).doesNotContain("canary");
  }

  @Test
  void aRegistryThatIsDownIsNamed() {
    // Given
    registry.close();

    // When
    Result result = check("--no-listener");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("✗ upstream", "refused the connection", "rule 'basic.test'");
  }

  @Test
  void machinesGetOneDocument() {
    // Given
    registry.close();

    // When
    Result result = check("--no-listener", "--json");

    // Then
    JsonNode document = JsonMapper.builder().build().readTree(result.out());
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(document.path("ok").asBoolean(true)).isFalse();
    assertThat(document.path("findings").valueStream().map(one -> one.path("result").asString()))
        .containsExactly("ok", "ok", "ok", "failed", "ok", "ok");
  }

  @Test
  void anImageIsFollowedToItsFirstLayer() {
    // When
    Result result = check("--no-listener", "--image", "basic.test/team/app:v1");

    // Then
    assertThat(result.exitCode()).as(result.out()).isZero();
    assertThat(result.out())
        .contains(
            "matched by rule 'basic.test'",
            "at http://" + registry.uri().getAuthority(),
            "user robot and a password",
            IMAGE.digest(),
            IMAGE.blobs().get(1).digest())
        .doesNotContain("canary", "token.test");
  }

  @Test
  void anImageThatMayNotBePulledIsExplained() {
    // When
    Result denied = check("--no-listener", "--image", "basic.test/secret/app:v1");
    Result unknown = check("--no-listener", "--image", "nowhere.test/app");
    Result missing = check("--no-listener", "--image", "basic.test/team/app:v2");

    // Then
    assertThat(List.of(denied.exitCode(), unknown.exitCode(), missing.exitCode())).containsOnly(1);
    assertThat(denied.out()).contains("✗ image").contains("secret/app");
    assertThat(unknown.out()).contains("✗ image").contains("nowhere.test");
    assertThat(missing.out()).contains("✗ image").contains("404");
  }

  @Test
  void whatIsNoImageIsWrongUsage() {
    assertThat(check("--no-listener", "--json", "--image", "UPPER/x y").exitCode()).isEqualTo(2);
  }

  @Test
  void aPatternIsTriedWithARegistryItCouldStandFor() throws IOException {
    // Given
    Path missing = directory.resolve("missing");
    Files.writeString(
        file(),
        """
        entrepot:
          builtin-upstreams: false
          upstreams:
          - match: "*.dkr.ecr.*.amazonaws.com"
            endpoints: ["%1$s"]
            credentials: {type: ecr, access-key-id: AKIACANARY, secret-access-key-file: %2$s, endpoint: "%1$s"}
          - match: "*.corp.test"
            credentials: {type: docker-config, file: %3$s}
        """
            .formatted(
                registry.uri().toString().replaceFirst("/$", ""),
                Files.writeString(missing.resolveSibling("secret"), "canary"),
                Files.writeString(missing.resolveSibling("config.json"), "{\"auths\":{}}")));

    // When
    Result result = check("--no-listener");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains("✗ credential")
        .contains("000000000000.dkr.ecr.")
        .contains("ecr rule '*.dkr.ecr.*.amazonaws.com': ")
        .contains("! credential")
        .contains("docker-config rule '*.corp.test'");
  }

  @Test
  void aBrokenConfigurationIsAFindingToo() throws IOException {
    // Given
    Files.writeString(file(), "entrepot: {upstreams: [{match: a.b, credentials: {type: magic}}]}");

    // When
    Result result = check("--no-listener");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).startsWith("✗ configuration").contains("magic");
  }

  @Test
  void aListenerThatDoesNotRunIsAFinding() {
    // When
    Result result = check("--entrepot.listen=127.0.0.1:1", "--image", "basic.test/team/app:v1");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("✗ listener").contains("nothing answers at 127.0.0.1:1");
  }

  private Result check(String... arguments) {
    List<String> words = new ArrayList<>(List.of("check", "--config", file().toString()));
    words.add("--entrepot.tls.directory=" + directory.resolve("certs"));
    words.addAll(List.of(arguments));
    StringWriter out = new StringWriter();
    int exitCode =
        EntrepotCommand.run(
            new PrintWriter(out, true), new PrintWriter(out, true), words.toArray(String[]::new));
    return new Result(exitCode, out.toString());
  }

  private void configure(String password) throws IOException {
    Files.writeString(
        file(),
        """
        entrepot:
          builtin-upstreams: false
          upstreams:
          - match: basic.test
            endpoints: ["%s"]
            credentials: {type: basic, username: robot, password: %s}
            deny: ["secret/**"]
          - match: token.test
            endpoints: ["%s"]
            credentials: {type: basic, username: robot, password: %s}
            realm-hosts: ["%s"]
            private-network: true
        """
            .formatted(registry.uri(), password, bearer.uri(), password, tokens.authority()));
  }

  private Path file() {
    return directory.resolve("entrepot.yaml");
  }
}
