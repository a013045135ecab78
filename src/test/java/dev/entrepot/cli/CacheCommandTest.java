package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.cli.Commands.Result;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import dev.entrepot.testing.TestingProxy;
import dev.entrepot.upstream.UpstreamProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The cache looked after where no server runs. */
final class CacheCommandTest {

  private static final TestIndex INDEX = TestIndex.create(3000);
  private static final TestImage IMAGE = TestImage.recipe(3010).layer(500_000).build();
  private static final String INDEX_NAME = "registry.test/team/web:1.0";
  private static final String NAME = "registry.test/team/app:v1";

  @TempDir private Path directory;

  private final FakeRegistry registry =
      FakeRegistry.start().push("team/web", INDEX, "1.0").push("team/app", IMAGE, "v1");
  private Commands entrepot;

  @SuppressWarnings("NullAway.Init") // set before each test
  CacheCommandTest() {}

  @BeforeEach
  void configure() throws IOException {
    entrepot = Commands.in(directory.resolve("here"), registry);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void warmPullsTheWantedPlatformOnce() {
    // When
    Result cold = entrepot.succeed("warm", INDEX_NAME, "--platform", "linux/arm64");
    long asked = registry.count("GET", "/blobs/");
    Result warm = entrepot.succeed("warm", INDEX_NAME, "--platform", "linux/arm64");

    // Then
    assertThat(cold.out()).contains("✓ " + INDEX_NAME, INDEX.manifest().digest(), "3 blobs");
    assertThat(asked).isEqualTo(3);
    for (var blob : INDEX.images().get(1).blobs()) {
      assertThat(Hashing.digest(bytes(entrepot.blob(blob.digest())))).isEqualTo(blob.digest());
    }
    assertThat(warm.out()).contains("0 B fetched");
    assertThat(registry.count("GET", "/blobs/")).isEqualTo(asked);
  }

  @Test
  void warmTakesEveryPlatformWhenToldSo() {
    // When
    Result result = entrepot.succeed("warm", INDEX_NAME, "--platform", "all");

    // Then
    assertThat(result.out()).contains("6 blobs");
  }

  @Test
  void aPlatformThatThereIsNotIsExplained() {
    // When
    Result result = entrepot.run("warm", INDEX_NAME, "--platform", "linux/s390x");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("✗ " + INDEX_NAME, "linux/s390x", "it has only linux/amd64, linux/arm64");
  }

  @Test
  void oneFailedImageFailsNoOther() throws IOException {
    // Given
    Path list = directory.resolve("list");
    Files.writeString(
        list, "# ours\n\nregistry.test/team/none:1  # gone\n" + NAME + "\nelsewhere.test/x:1\n");

    // When
    Result result = entrepot.run("warm", "--file", list.toString());

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("✓ " + NAME).doesNotContain("✗");
    assertThat(result.err())
        .contains("✗ registry.test/team/none:1: ", "✗ elsewhere.test/x:1: ", "1 of 3 images");
  }

  @Test
  void whatIsCachedIsListedAndShown() {
    // Given
    entrepot.succeed("warm", NAME);
    entrepot.succeed("warm", INDEX_NAME, "--platform", "linux/amd64", "--pin");

    // When
    Result list = entrepot.succeed("cache", "ls");
    Result tree = entrepot.succeed("cache", "show", INDEX_NAME);
    Result use = entrepot.succeed("cache", "show", IMAGE.layers().getFirst().digest());
    JsonNode json = JsonMapper.shared().readTree(entrepot.succeed("cache", "ls", "--json").out());

    // Then
    assertThat(list.out().lines())
        .hasSize(4)
        .anyMatch(line -> line.matches(NAME + " +sha256:\\w{12} +50\\d\\.\\d kB +now"))
        .anyMatch(line -> line.startsWith(INDEX_NAME) && line.endsWith("pinned"))
        .anyMatch(line -> line.startsWith("2 images, 9 blobs, "));
    assertThat(tree.out())
        .contains(INDEX_NAME + " (pinned)", "image linux/amd64", "image linux/arm64")
        .containsPattern("layer +sha256:\\w{12} .* cached")
        .containsPattern("image linux/arm64 +sha256:\\w{12} .* missing");
    assertThat(use.out()).contains("cached", "served from registry.test/team/app", NAME);
    assertThat(json.path("images").valueStream().map(one -> one.path("digest").asString()))
        .containsExactlyInAnyOrder(IMAGE.digest(), INDEX.manifest().digest());
    assertThat(json.path("totals").path("count").asInt()).isEqualTo(9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"images.tar", "layout/"})
  void whatIsExportedIsImportedInExactBytesAndServedOffline(String output) throws IOException {
    // Given
    entrepot.succeed("warm", NAME, INDEX_NAME, "--platform", "linux/amd64");
    Commands far = Commands.in(directory.resolve("far"), registry);
    String archive = directory + "/" + output;

    // When
    Result exported = entrepot.succeed("cache", "export", NAME, INDEX_NAME, "-o", archive);
    Result imported = far.succeed("cache", "import", archive, "--pin");

    // Then
    assertThat(exported.err())
        .contains("left out, not cached: " + INDEX_NAME + " for linux/arm64", "2 images, 9 blobs");
    assertThat(imported.out())
        .contains("✓ " + NAME + " " + IMAGE.digest(), INDEX.manifest().digest());
    assertThat(far.succeed("cache", "ls").out().lines())
        .filteredOn(line -> line.endsWith("pinned"))
        .hasSizeGreaterThanOrEqualTo(2);
    int asked = registry.requests().size();
    try (TestingProxy offline =
        TestingProxy.in(directory.resolve("far"))
            .offline()
            .upstreams(
                UpstreamProperties.of(
                    "registry.test", List.of(registry.uri()), CredentialProperties.anonymous()))
            .start()) {
      assertIsServed(offline.uri(), "team/app/manifests/v1", IMAGE.digest());
      assertIsServed(offline.uri(), "team/web/manifests/1.0", INDEX.manifest().digest());
      TestImage platform = INDEX.images().getFirst();
      assertIsServed(offline.uri(), "team/web/manifests/" + platform.digest(), platform.digest());
      for (var blob : platform.blobs()) {
        assertIsServed(offline.uri(), "team/web/blobs/" + blob.digest(), blob.digest());
      }
      assertThat(get(offline.uri(), "team/other/blobs/" + IMAGE.config().digest()).status())
          .isEqualTo(504);
    }
    assertThat(registry.requests()).hasSize(asked);
  }

  @Test
  void onlyOnePlatformIsExportedWhenToldSo() {
    // Given
    entrepot.succeed("warm", INDEX_NAME, "--platform", "all");
    String archive = directory + "/arm.tar";

    // When
    Result result =
        entrepot.succeed("cache", "export", INDEX_NAME, "--platform", "linux/arm64", "-o", archive);
    Result none =
        entrepot.run("cache", "export", INDEX_NAME, "--platform", "linux/s390x", "-o", archive);

    // Then
    assertThat(result.err()).contains("1 images, 5 blobs").doesNotContain("left out");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("no whole image of it for linux/s390x");
  }

  @Test
  void aDamagedArchiveImportsNothing() throws IOException {
    // Given
    entrepot.succeed("warm", NAME);
    Path layout = directory.resolve("layout");
    entrepot.succeed("cache", "export", NAME, "-o", layout + "/");
    String victim = IMAGE.layers().getLast().digest();
    flip(layout.resolve("blobs").resolve(victim.replace(':', '/')));
    Commands far = Commands.in(directory.resolve("far"), registry);

    // When
    Result result = far.run("cache", "import", layout.toString());

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("✗ " + NAME, victim, "is damaged");
    assertThat(far.succeed("cache", "ls").out()).contains("0 images, 0 blobs, 0 B");
  }

  @Test
  void anImageWithoutRegistryHasToBeNamed() throws IOException {
    // Given
    entrepot.succeed("warm", NAME);
    Path layout = directory.resolve("layout");
    entrepot.succeed("cache", "export", NAME, "-o", layout + "/");
    Path index = layout.resolve("index.json");
    Files.writeString(index, Files.readString(index).replace(NAME, "v1"));
    Commands far = Commands.in(directory.resolve("far"), registry);

    // When
    Result unnamed = far.run("cache", "import", layout.toString());
    Result unserved = far.run("cache", "import", layout.toString(), "--as", "elsewhere.test/x:1");
    Result named = far.succeed("cache", "import", layout.toString(), "--as", "registry.test/a:2");

    // Then
    assertThat(unnamed.exitCode()).isEqualTo(1);
    assertThat(unnamed.err()).contains("name it with --as");
    assertThat(unserved.exitCode()).isEqualTo(1);
    assertThat(unserved.err()).contains("elsewhere.test");
    assertThat(named.out()).contains("✓ registry.test/a:2 " + IMAGE.digest());
  }

  @Test
  void purgeTakesWhatNothingElseNeeds() {
    // Given
    entrepot.succeed("warm", NAME, INDEX_NAME, "--platform", "linux/amd64");

    // When
    Result rehearsal = entrepot.succeed("cache", "purge", NAME, "--dry-run");
    boolean stillThere = Files.exists(entrepot.blob(IMAGE.digest()));
    Result purged = entrepot.succeed("cache", "purge", NAME);

    // Then
    assertThat(stillThere).isTrue();
    assertThat(rehearsal.out()).startsWith("would free 50").contains("4 blobs");
    assertThat(purged.out()).startsWith("freed 50").contains("4 blobs");
    assertThat(entrepot.blob(IMAGE.digest())).doesNotExist();
    assertThat(entrepot.succeed("cache", "ls").out()).contains("1 images, 5 blobs");
    assertThat(entrepot.run("cache", "purge", NAME).err())
        .contains("entrepot: the cache does not hold " + NAME);
  }

  @Test
  void purgingAllLeavesWhatIsPinned() {
    // Given
    entrepot.succeed("warm", NAME, INDEX_NAME, "--platform", "all");
    entrepot.succeed("cache", "pin", NAME);

    // When
    Result kept = entrepot.succeed("cache", "purge", "--all");
    entrepot.succeed("cache", "unpin", NAME);
    entrepot.succeed("cache", "purge", "registry.test/team/app");

    // Then
    assertThat(kept.out()).contains("9 blobs", "kept 1 pinned");
    assertThat(entrepot.succeed("cache", "ls").out()).contains("0 images, 0 blobs");
    assertThat(entrepot.run("cache", "unpin", NAME).err()).contains("is not pinned");
  }

  @Test
  void verifyDropsAFlippedByteAndTheNextWarmHealsIt() throws IOException {
    // Given
    entrepot.succeed("warm", NAME);
    String victim = IMAGE.layers().getLast().digest();
    flip(entrepot.blob(victim));

    // When
    Result found = entrepot.run("cache", "verify", NAME);
    Result healed = entrepot.succeed("warm", NAME);
    Result sound = entrepot.succeed("cache", "verify");

    // Then
    assertThat(found.exitCode()).isEqualTo(1);
    assertThat(found.out()).contains("✗ " + victim + " was damaged", "4 blobs", "1 damaged");
    assertThat(healed.out()).contains("of which 50");
    assertThat(sound.out()).contains("4 blobs", "0 damaged");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cache",
        "cache show",
        "cache show UPPER",
        "cache purge",
        "cache purge x --all",
        "cache pin",
        "cache export x",
        "cache export x -o y --platform linux",
        "cache import",
        "cache ls --admin localhost:5444",
        "cache ls --admin 127.0.0.1:5444",
        "cache ls --admin http:5444",
        "warm",
        "warm x --platform linux",
        "warm --file /nowhere"
      })
  void wrongUsageIsCodeTwo(String words) {
    // When
    Result result = entrepot.run(words.split(" "));

    // Then
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(2);
    assertThat(result.err()).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ls", "show", "purge", "pin", "unpin", "verify", "export", "import"})
  void everyCommandHasHelp(String command) {
    assertThat(entrepot.succeed("cache", command, "--help").out())
        .contains("Usage: entrepot cache " + command);
  }

  private static void assertIsServed(URI proxy, String path, String digest) {
    var answer = get(proxy, path);
    assertThat(answer.status()).as(path).isEqualTo(200);
    assertThat(Hashing.digest(answer.body())).isEqualTo(digest);
  }

  private static ProbeAnswer get(URI proxy, String path) {
    return HttpProbe.get(proxy, "/v2/" + path + "?ns=registry.test");
  }

  private static void flip(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    content[content.length / 2] ^= 1;
    Files.write(file, content);
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
