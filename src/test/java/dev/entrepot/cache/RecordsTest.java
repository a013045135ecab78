package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.cache.Links.Kind;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.oci.Tag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordsTest {

  private static final RepositoryAddress NGINX = address("docker.io", "library/nginx");
  private static final Tag LATEST = new Tag("latest");
  private static final Descriptor CONTENT =
      new Descriptor("application/octet-stream", Digest.sha256Of(new byte[] {1}), 1);
  private static final TagRecord RECORD =
      new TagRecord(CONTENT, Instant.parse("2030-01-01T00:00:00.123456789Z"));

  @TempDir private Path directory;
  private CacheUnderTest under;

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @Test
  void aLinkIsSeenByItsRepositoryAndKindOnly() {
    // Given
    Links links = under.cache().links();

    // When
    links.prove(NGINX, Kind.BLOB, CONTENT).block(PATIENCE);

    // Then
    assertThat(links.known(NGINX, Kind.BLOB, CONTENT.digest())).contains(CONTENT);
    assertThat(result(links.find(NGINX, Kind.BLOB, CONTENT.digest()))).contains(CONTENT);
    assertThat(result(links.find(NGINX, Kind.MANIFEST, CONTENT.digest()))).isEmpty();
    RepositoryAddress other = address("docker.io", "library/other");
    assertThat(result(links.find(other, Kind.BLOB, CONTENT.digest()))).isEmpty();
    assertThat(links.known(other, Kind.BLOB, CONTENT.digest())).isEmpty();
  }

  @Test
  void aLinkOutlivesARestart() {
    // Given
    under.cache().links().prove(NGINX, Kind.MANIFEST, CONTENT).block(PATIENCE);

    // When
    Links links = under.reopen().links();

    // Then
    assertThat(links.known(NGINX, Kind.MANIFEST, CONTENT.digest())).isEmpty();
    assertThat(result(links.find(NGINX, Kind.MANIFEST, CONTENT.digest()))).contains(CONTENT);
    assertThat(links.known(NGINX, Kind.MANIFEST, CONTENT.digest())).contains(CONTENT);
    assertThat(link().resolveSibling("../manifests/" + link().getFileName()).normalize()).exists();
  }

  @Test
  void aLinkIsListedWhileItIsBeingWritten() throws IOException {
    // Given: so many others that it takes a while to list them.
    under.cache().links().prove(NGINX, Kind.BLOB, CONTENT).block(PATIENCE);
    await(() -> Files.exists(link()));
    for (int number = 0; number < 5_000; number++) {
      Files.createFile(link().resolveSibling(FileNames.of(digest("other " + number)) + ".json"));
    }

    for (int number = 0; number < 50; number++) {
      // When
      Digest digest = digest("content " + number);
      Descriptor descriptor = new Descriptor("application/octet-stream", digest, 1);
      under.cache().links().prove(NGINX, Kind.BLOB, descriptor).block(PATIENCE);

      // Then
      assertThat(result(under.cache().purge().content(digest)).links()).isEqualTo(1);
    }
  }

  private static Digest digest(String content) {
    return Digest.sha256Of(content.getBytes(StandardCharsets.UTF_8));
  }

  // Scorecard 28.
  @Test
  void aSymlinkedRepositoryIsNotFollowed(@TempDir Path elsewhere) throws IOException {
    // Given
    under.cache().links().prove(NGINX, Kind.BLOB, CONTENT).block(PATIENCE);
    await(() -> Files.exists(link()));
    Path host = directory.resolve("upstreams/docker.io");
    Path target = Files.move(host, elsewhere.resolve("target"));
    Files.createSymbolicLink(host, target);
    Path outside = target.resolve(host.relativize(link()));
    byte[] before = Files.readAllBytes(outside);

    // When
    Links links = under.reopen().links();
    boolean isFound = result(links.find(NGINX, Kind.BLOB, CONTENT.digest())).isPresent();
    links.prove(NGINX, Kind.BLOB, CONTENT).block(PATIENCE);

    // Then
    assertThat(isFound).isFalse();
    await(() -> !Files.isSymbolicLink(host) && Files.exists(link()));
    assertThat(outside).hasBinaryContent(before);
    assertThat(under.cache().inventory().repositories().collectList().block(PATIENCE))
        .containsExactly(NGINX);
  }

  @Test
  void aRevokedLinkStaysAwayThoughItsFileCannotBeDeleted() {
    // Given
    Links links = under.cache().links();
    links.prove(NGINX, Kind.BLOB, CONTENT).block(PATIENCE);
    await(() -> link().toFile().exists());
    under.volume.breakDown("delete");

    // When
    links.revoke(NGINX, Kind.BLOB, CONTENT.digest()).block(PATIENCE);

    // Then
    assertThat(result(links.find(NGINX, Kind.BLOB, CONTENT.digest()))).isEmpty();
    await(() -> under.meters.find("entrepot.cache.disk.failures").counter() != null);
    assertThat(result(links.find(NGINX, Kind.BLOB, CONTENT.digest()))).isEmpty();
    under.volume.repair();
  }

  @Test
  void aRevokedLinkIsGoneAfterARestart() {
    // Given
    Links links = under.cache().links();
    links.prove(NGINX, Kind.BLOB, CONTENT).block(PATIENCE);

    // When
    links.revoke(NGINX, Kind.BLOB, CONTENT.digest()).block(PATIENCE);

    // Then
    assertThat(links.known(NGINX, Kind.BLOB, CONTENT.digest())).isEmpty();
    assertThat(result(under.reopen().links().find(NGINX, Kind.BLOB, CONTENT.digest()))).isEmpty();
  }

  @Test
  void aDiskThatTakesNothingLosesNoLinkWhileWeRun() {
    // Given
    under.volume.breakDown("create");
    Links links = under.cache().links();

    // When
    links.prove(NGINX, Kind.BLOB, CONTENT).block(PATIENCE);

    // Then
    assertThat(result(links.find(NGINX, Kind.BLOB, CONTENT.digest()))).contains(CONTENT);
    await(() -> under.meters.find("entrepot.cache.disk.failures").counter() != null);
    assertThat(result(links.find(NGINX, Kind.BLOB, CONTENT.digest()))).contains(CONTENT);
  }

  @Test
  void aTagRemembersWhenItWasChecked() {
    // Given
    Tags tags = under.cache().tags();

    // When
    tags.put(NGINX, LATEST, RECORD).block(PATIENCE);

    // Then
    assertThat(tags.known(NGINX, LATEST)).contains(RECORD);
    assertThat(result(under.reopen().tags().find(NGINX, LATEST))).contains(RECORD);
  }

  @Test
  void aTagMoves() {
    // Given
    Tags tags = under.cache().tags();
    TagRecord later = new TagRecord(CONTENT, RECORD.checked().plusSeconds(1));
    tags.put(NGINX, LATEST, RECORD).block(PATIENCE);

    // When
    tags.put(NGINX, LATEST, later).block(PATIENCE);

    // Then
    assertThat(tags.known(NGINX, LATEST)).contains(later);
    assertThat(result(under.reopen().tags().find(NGINX, LATEST))).contains(later);
  }

  @Test
  void aRemovedTagIsGone() {
    // Given
    Tags tags = under.cache().tags();
    tags.put(NGINX, LATEST, RECORD).block(PATIENCE);

    // When
    tags.remove(NGINX, LATEST).block(PATIENCE);

    // Then
    assertThat(result(tags.find(NGINX, LATEST))).isEmpty();
    assertThat(result(under.reopen().tags().find(NGINX, LATEST))).isEmpty();
  }

  @Test
  void damagedFilesAreMisses() throws IOException {
    // Given
    Path tags =
        Files.createDirectories(directory.resolve("upstreams/docker.io/library+nginx/tags"));
    Files.writeString(tags.resolve("a.json"), "");
    Files.writeString(tags.resolve("b.json"), "{\"tag\":");
    Files.writeString(tags.resolve("c.json"), "{}");
    Files.writeString(tags.resolve("d.json"), "null");
    Files.writeString(
        tags.resolve("e.json"),
        "{\"tag\":\"e\",\"target\":{\"mediaType\":\"x\",\"digest\":\"sha256:1\",\"size\":1},\"checked\":\"2030-01-01T00:00:00Z\"}");
    Files.createDirectories(tags.resolve("f.json"));

    for (String name : List.of("a", "b", "c", "d", "e", "f")) {
      // When
      var found = result(under.cache().tags().find(NGINX, new Tag(name)));

      // Then
      assertThat(found).as(name).isEmpty();
    }
  }

  @Test
  void aFileThatIsAboutAnotherTagIsAMiss() throws IOException {
    // Given
    Tags tags = under.cache().tags();
    tags.put(NGINX, LATEST, RECORD).block(PATIENCE);
    Path file = directory.resolve("upstreams/docker.io/library+nginx/tags/latest.json");
    await(() -> file.toFile().exists());
    Files.copy(file, file.resolveSibling("Latest.json"));

    // When
    var found = result(tags.find(NGINX, new Tag("Latest")));

    // Then
    assertThat(found).isEmpty();
  }

  @Test
  void aChangeCountsBeforeTheDiskKnows() {
    // Given
    under.volume.hang("force");
    Links links = under.cache().links();

    // When
    links.prove(NGINX, Kind.BLOB, CONTENT).block(PATIENCE);

    // Then
    assertThat(links.known(NGINX, Kind.BLOB, CONTENT.digest())).contains(CONTENT);
    under.volume.goOn();
  }

  @Test
  void theLastChangeIsTheOneOnDisk() {
    // Given
    Tags tags = under.cache().tags();
    TagRecord last = new TagRecord(CONTENT, RECORD.checked().plusSeconds(99));

    // When
    for (int second = 0; second < 100; second++) {
      tags.put(NGINX, LATEST, new TagRecord(CONTENT, RECORD.checked().plusSeconds(second)))
          .block(PATIENCE);
    }

    // Then
    assertThat(result(under.reopen().tags().find(NGINX, LATEST))).contains(last);
  }

  private Path link() {
    return directory.resolve(
        "upstreams/docker.io/library+nginx/blobs/sha256-%s.json".formatted(CONTENT.digest().hex()));
  }

  private static RepositoryAddress address(String host, String repository) {
    return new RepositoryAddress(new RegistryHost(host), new RepositoryName(repository));
  }
}
