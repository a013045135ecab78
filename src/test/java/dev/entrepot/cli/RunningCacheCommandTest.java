package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.entrepot.cli.Commands.Result;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.FakeServer;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.LogLines;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;

/** The cache looked after through the admin API of a server that has it open. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RunningCacheCommandTest {

  private static final TestIndex INDEX = TestIndex.create(3100);
  private static final TestImage IMAGE = TestImage.recipe(3110).layer(500_000).build();
  private static final String INDEX_NAME = "registry.test/team/web:1.0";
  private static final String NAME = "registry.test/team/app:v1";

  private Path directory;
  private FakeRegistry registry;
  private Commands entrepot;
  private ConfigurableApplicationContext server;
  private URI admin;

  @SuppressWarnings("NullAway.Init") // set before all tests
  RunningCacheCommandTest() {}

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    this.directory = directory;
    registry = FakeRegistry.start().push("team/web", INDEX, "1.0").push("team/app", IMAGE, "v1");
    entrepot = Commands.in(directory.resolve("here"), registry);
    server =
        Server.start(
            SettingsLoader.load(
                Optional.of(entrepot.configuration()),
                // Where the framework would trust what proxies say.
                List.of("--spring.main.cloud-platform=kubernetes")));
    admin =
        URI.create(
            "http://127.0.0.1:" + server.getEnvironment().getProperty("local.server.port") + "/");
  }

  @AfterAll
  void stop() {
    server.close();
    registry.close();
  }

  @AfterEach
  void empty() {
    ask("cache", "purge", "--all");
  }

  @Test
  void warmingGoesThroughTheServer() {
    // When
    Result warmed = ask("warm", INDEX_NAME, "--platform", "linux/amd64", "--pin", "-v");
    Result list = ask("cache", "ls");
    Result failed = ask("warm", "registry.test/none:1");
    ask("cache", "unpin", INDEX_NAME);

    // Then
    assertThat(warmed.exitCode()).as(warmed.toString()).isZero();
    assertThat(warmed.err()).contains("through the admin API");
    assertThat(warmed.out()).contains("✓ " + INDEX_NAME, "3 blobs");
    assertThat(list.out()).contains(INDEX_NAME, "pinned", "1 images, 5 blobs");
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.err()).contains("✗ registry.test/none:1: ");
  }

  @Test
  void whatTheServerHoldsIsExportedImportedAndPurged() throws IOException {
    // Given
    ask("warm", NAME);
    Path file = directory.resolve("image.tar");

    // When
    Result exported = ask("cache", "export", NAME, "-o", file.toString());
    Result purged = ask("cache", "purge", NAME);
    Result gone = ask("cache", "show", NAME);
    Result imported = ask("cache", "import", file.toString());
    Result shown = ask("cache", "show", NAME);
    Result verified = ask("cache", "verify", NAME);

    // Then
    assertThat(exported.exitCode()).as(exported.toString()).isZero();
    assertThat(purged.out()).contains("4 blobs");
    assertThat(gone.exitCode()).isEqualTo(1);
    assertThat(gone.err()).contains("entrepot: the cache does not hold " + NAME);
    assertThat(imported.exitCode()).as(imported.toString()).isZero();
    assertThat(shown.out()).contains(IMAGE.digest()).doesNotContain("missing");
    assertThat(verified.out()).contains("4 blobs", "0 damaged");
  }

  @Test
  void damageIsToldThroughTheServerToo() throws IOException {
    // Given
    ask("warm", NAME);
    String victim = IMAGE.layers().getLast().digest();
    byte[] content = Files.readAllBytes(entrepot.blob(victim));
    content[100] ^= 1;
    Files.write(entrepot.blob(victim), content);

    // When
    Result verified = ask("cache", "verify");

    // Then
    assertThat(verified.exitCode()).isEqualTo(1);
    assertThat(verified.out()).contains("✗ " + victim);
  }

  @Test
  void everyChangeIsOneLineInTheServersLog() {
    // Given
    Path file = directory.resolve("changed.tar");
    Logger admin = (Logger) LoggerFactory.getLogger("dev.entrepot.admin");
    // The commands, which run in the same process here, silence the rest.
    admin.setLevel(Level.INFO);
    try (LogLines log = LogLines.listen()) {
      // When
      ask("warm", NAME, "--pin");
      ask("warm", "registry.test/none:1");
      ask("cache", "pin", NAME);
      ask("cache", "verify", NAME);
      ask("cache", "verify");
      ask("cache", "export", NAME, "-o", file.toString());
      ask("cache", "unpin", NAME);
      ask("cache", "unpin", NAME);
      ask("cache", "purge", NAME, "--dry-run");
      ask("cache", "purge", NAME);
      ask("cache", "import", file.toString());
      ask("cache", "purge", "registry.test/team/app");
      ask("cache", "purge", IMAGE.digest());
      ask("cache", "purge", "--all");

      // Then
      assertThat(log.all())
          .extracting(line -> line.lines().findFirst().orElseThrow())
          .filteredOn(line -> line.startsWith("image ") || line.startsWith("cache "))
          .satisfiesExactly(
              line ->
                  assertThat(line)
                      .startsWith("image warmed image=" + NAME + " digest=" + IMAGE.digest())
                      .contains(" blobs=3 ")
                      .endsWith(" pinned=true"),
              line ->
                  assertThat(line)
                      .startsWith("image not warmed image=registry.test/none:1 cause=\""),
              line -> assertThat(line).isEqualTo("image pinned image=" + NAME),
              line ->
                  assertThat(line)
                      .startsWith("cache verified what=" + NAME + " blobs=4 ")
                      .endsWith(" damaged=0"),
              line -> assertThat(line).startsWith("cache verified what=everything blobs=4 "),
              line -> assertThat(line).isEqualTo("image unpinned image=" + NAME),
              line ->
                  assertThat(line)
                      .startsWith("cache purged what=" + NAME + " links=")
                      .contains(" blobs=4 ")
                      .endsWith(" kept-for-pins=0"),
              line ->
                  assertThat(line)
                      .isEqualTo(
                          "image imported image=%s digest=%s pinned=false"
                              .formatted(NAME, IMAGE.digest())),
              line ->
                  assertThat(line).startsWith("cache purged what=registry.test/team/app links="),
              line -> assertThat(line).startsWith("cache purged what=" + IMAGE.digest()),
              line -> assertThat(line).startsWith("cache purged what=everything links="));
    } finally {
      admin.setLevel(null);
    }
  }

  @Test
  void aDirectoryThatIsInUseIsSaidToBeWhenItsServerIsNotFound() {
    // When: the configuration's admin listener is on any port, so it cannot be asked
    Result result = entrepot.run("cache", "ls");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err().lines())
        .singleElement()
        .asString()
        .contains("another process has it open", "--admin");
  }

  @Test
  void aServerThatIsNotThereIsOneSentence() {
    // When
    Result result = entrepot.run("cache", "ls", "--admin", "http://127.0.0.1:1");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err().lines())
        .singleElement()
        .asString()
        .contains("tried to reach the admin API at http://127.0.0.1:1");
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aListenerThatNeverAnswersIsGivenUp() throws IOException {
    // Given
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:" + silent.getLocalPort();

      // When
      Result result = entrepot.run("cache", "ls", "--admin", url);

      // Then
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err().lines())
          .singleElement()
          .asString()
          .contains("tried to reach the admin API at " + url, "nothing answered within 5 s");
    }
  }

  @Test
  void aVerificationThatTheServerEndedEarlyIsNotTakenForAll() {
    // Given
    String totals = "{\"directory\":\"/x\",\"bytes\":1,\"count\":4,\"pinnedBytes\":0}";
    String report = "{\"count\":1,\"countTotal\":4,\"bytes\":1,\"bytesTotal\":4,\"damaged\":[]}\n";
    try (FakeServer ending =
        FakeServer.start(
            request ->
                request.is("GET")
                    ? Reply.json(200, totals)
                    : Reply.text(200, "application/x-ndjson", report))) {
      // When
      Result result = entrepot.run("cache", "verify", "--admin", ending.uri().toString());

      // Then
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err()).contains("only 1 of 4 blobs were verified");
    }
  }

  @ParameterizedTest
  @CsvSource({"X-Forwarded-For, 203.0.113.9", "Forwarded, for=203.0.113.9"})
  void whereAProxySaysTheAskerIsCountsForNothing(String name, String value) {
    // When
    String answer = exchange("GET", "/api/images", name + ": " + value);

    // Then: the other way round, anybody could pose as this machine
    assertThat(answer).contains("200 OK");
  }

  @ParameterizedTest
  @CsvSource({
    "DELETE, /api/images?all=true",
    "PUT, /api/pins?image=registry.test/a:1",
    "DELETE, /api/pins?image=registry.test/a:1",
    "POST, /api/verify",
    "POST, /api/warm",
    "POST, /api/content/missing",
    "PUT, /api/content?size=0",
    "PUT, /api/images?image=registry.test/a:1"
  })
  void changesWantTheKey(String method, String target) {
    // When
    var none = exchange(method, target, "Content-Length: 0");
    var wrong = exchange(method, target, "Content-Length: 0", "Entrepot-Admin: 1");

    // Then
    assertThat(none).contains("403").contains("admin-key");
    assertThat(wrong).contains("403").contains("admin-key");
  }

  @ParameterizedTest
  @CsvSource({
    "Host, evil.test:5444",
    "Host, evil.test",
    "Origin, http://evil.test",
    "Origin, null"
  })
  void noPageOfAnotherSiteIsAnswered(String name, String value) {
    // When
    String answer = exchange("GET", "/api/images", name + ": " + value);

    // Then
    assertThat(answer).contains("403").doesNotContain("images");
  }

  @Test
  void theKeyIsItsOwnersAlone() throws IOException {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(entrepot.cache().resolve("admin-key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void noContentIsAnswered() {
    // Given
    ask("warm", NAME);
    String layer = IMAGE.layers().getFirst().digest();

    // When
    String use = exchange("GET", "/api/content?digest=" + layer);
    String path = exchange("GET", "/v2/team/app/blobs/" + layer + "?ns=registry.test");

    // Then
    assertThat(use).contains("200").contains("\"repositories\":[\"registry.test/team/app\"]");
    assertThat(path).contains("404");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/images/show, lacks 'image'",
    "/api/images/show?image=UPPER, no repository name",
    "/api/content?digest=sha256:1, no sha256",
    "/api/images/show?image=registry.test/none:1, does not hold"
  })
  void whatIsNotUnderstoodIsExplained(String target, String words) {
    assertThat(exchange("GET", target)).containsAnyOf("400", "409").contains(words);
  }

  private String exchange(String method, String target, String... headers) {
    boolean hasHost = headers.length > 0 && headers[0].startsWith("Host:");
    List<String> lines = new ArrayList<>();
    lines.add(method + " " + target + " HTTP/1.1");
    if (!hasHost) {
      lines.add("Host: " + admin.getAuthority());
    }
    lines.addAll(List.of(headers));
    try (HttpProbe probe = HttpProbe.connect(admin)) {
      var answer =
          probe
              .send(String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n")
              .readAnswer(method);
      return answer.statusLine() + "\n" + answer.text();
    }
  }

  private Result ask(String... words) {
    List<String> command = new ArrayList<>(List.of(words));
    command.addAll(List.of("--admin", admin.toString()));
    return entrepot.run(command.toArray(String[]::new));
  }
}
