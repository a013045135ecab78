package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.TestCertificates;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EntrepotCommandTest {

  @TempDir private Path directory;

  private record Result(int exitCode, String out, String err) {}

  private static Result run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        EntrepotCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Result(exitCode, out.toString(), err.toString());
  }

  @Test
  void helpNamesEveryCommand() {
    // When
    Result result = run("--help");

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("serve", "demo", "check", "node", "certs", "warm", "cache");
    assertThat(result.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "demo", "check", "node", "certs", "warm", "cache"})
  void everyCommandHasHelp(String command) {
    // When
    Result result = run(command, "--help");

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("Usage: entrepot " + command);
  }

  @Test
  void versionIsOneLine() {
    // When
    Result result = run("--version");

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).matches("entrepot \\S+ \\(commit \\S+\\)\\s+");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seve",
        "serve --confg x",
        "serve --config",
        "serve extra",
        "--config",
        "--unknown",
        "node",
        "node containerd",
        "node containerd --mirror",
        "node containerd --mirror https://m --install --uninstall",
        "certs",
        "certs issue",
        "demo --twice"
      })
  void wrongUsageIsExitCodeTwo(String line) {
    // When
    Result result = run(line.split(" "));

    // Then
    assertThat(result.exitCode()).as(result.err()).isEqualTo(2);
    assertThat(result.err()).isNotBlank();
    assertThat(result.out()).isEmpty();
  }

  @Test
  void failureIsOneSentenceAndExitCodeOne() {
    // When
    Result result = run("serve", "--config", directory.resolve("no.yaml").toString());

    // Then
    assertOneSentence(result, "entrepot: tried to read the configuration");
  }

  /** Safe by default. */
  @Test
  void credentialIsNotExposedToTheNetworkByMistake() throws IOException {
    // Given
    Path file =
        Files.writeString(
            directory.resolve("entrepot.yaml"),
            """
            entrepot:
              listen: 0.0.0.0:0
              upstreams:
              - match: docker.io
                credentials: {type: basic, username: acme, password: canary-hunter2}
            """);

    // When
    Result result = run("--config", file.toString());

    // Then
    assertOneSentence(result, "docker.io");
    assertThat(result.err())
        .contains("entrepot.tls.client-ca", "`allow`", "entrepot.access.anonymous: true")
        .doesNotContain("canary-hunter2");
  }

  @Test
  void portThatIsTakenIsNamed() throws IOException {
    // Given
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();

      // When
      Result result =
          run(
              "serve",
              "--entrepot.listen=" + address,
              "--entrepot.admin.listen=127.0.0.1:0",
              "--entrepot.cache.directory=" + directory.resolve("cache"),
              "--entrepot.tls.directory=" + directory.resolve("certs"));

      // Then
      assertOneSentence(result, "tried to listen on " + address);
    }
  }

  @Test
  void nodeConfigurationIsPrinted() throws IOException {
    // Given
    Path ca = TestCertificates.create().writeAuthority(directory);

    // When
    Result result =
        run("node", "containerd", "--mirror", "https://10.0.0.1:5443", "--ca", ca.toString());

    // Then
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("https://10.0.0.1:5443", "_default/hosts.toml");
  }

  @Test
  void nodeIsInstalledAndUninstalled() throws IOException {
    // Given
    Path ca = TestCertificates.create().writeAuthority(directory);
    Path root = Files.createDirectory(directory.resolve("root"));
    Files.createDirectories(root.resolve("etc/containerd"));
    Files.writeString(
        root.resolve("etc/containerd/config.toml"),
        """
        version = 2
        [plugins."io.containerd.grpc.v1.cri".registry]
          config_path = "/etc/containerd/certs.d"
        """);
    Path hosts = root.resolve("etc/containerd/certs.d/_default/hosts.toml");

    // When
    Result installed =
        run(
            "node",
            "containerd",
            "--mirror",
            "https://10.0.0.1:5443",
            "--ca",
            ca.toString(),
            "--root",
            root.toString(),
            "--install");
    boolean written = Files.exists(hosts);
    Result removed = run("node", "containerd", "--root", root.toString(), "--uninstall");

    // Then
    assertThat(installed.exitCode()).as(installed.err()).isZero();
    assertThat(written).isTrue();
    assertThat(removed.exitCode()).as(removed.err()).isZero();
    assertThat(hosts).doesNotExist();
  }

  @Test
  void unknownKindOfNodeIsExplained() {
    // When
    Result result = run("node", "toaster", "--mirror", "https://10.0.0.1:5443");

    // Then
    assertThat(result.exitCode()).isIn(1, 2);
    assertThat(result.err()).contains("toaster", "containerd").doesNotContain("\tat ");
  }

  @Test
  void certificatesAreIssuedShownAndIssuedForMore() {
    // Given
    String where = "--entrepot.tls.directory=" + directory.resolve("certs");

    // When
    Result init = run("certs", "init", where);
    Result show = run("certs", "show", where);
    Result issue = run("certs", "issue", "mirror.corp", "10.1.2.3", where);

    // Then
    assertThat(init.exitCode()).as(init.err()).isZero();
    assertThat(directory.resolve("certs/ca.crt")).exists();
    assertThat(show.out()).contains("localhost");
    assertThat(issue.exitCode()).as(issue.err()).isZero();
    assertThat(directory.resolve("certs/mirror.corp.crt")).exists();
  }

  private static void assertOneSentence(Result result, String part) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err()).startsWith("entrepot: ").contains(part).doesNotContain("\tat ");
    assertThat(result.err().strip().lines()).hasSize(1);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void everySettingCanBePrinted() {
    // When
    Result result = run("serve", "--defaults");

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("# Every setting").contains("max-size: 20GB");
  }

  @Test
  void kindOfNodeThatDoesNotExistIsWrongUsage() {
    // When
    Result result = run("node", "toaster", "--mirror", "https://127.0.0.1:5443");

    // Then
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("containerd");
  }
}
