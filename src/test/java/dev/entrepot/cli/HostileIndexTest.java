package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.cli.Commands.Result;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.ImageManifest;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a registry lists to keep us busy for ever. */
final class HostileIndexTest {

  private static final String INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
  private static final TestImage IMAGE = TestImage.recipe(3400).layer(100_000).build();

  @TempDir private Path directory;

  private final FakeRegistry registry = FakeRegistry.start().push("team/app", IMAGE, "v1");
  private Commands entrepot;

  @SuppressWarnings("NullAway.Init") // set before each test
  HostileIndexTest() {}

  @BeforeEach
  void configure() throws IOException {
    entrepot = Commands.in(directory, registry);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whatAnIndexListsOverAndOverIsPulledOnce() {
    // Given
    nest(4, 100);

    // When
    Result result = entrepot.run("warm", "registry.test/team/app:nested", "--platform", "all");
    Result shown = entrepot.run("cache", "show", "registry.test/team/app:nested");

    // Then
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.out()).contains(IMAGE.blobs().size() + " blobs");
    assertThat(shown.out().lines()).hasSize(2 + 4 + 1 + IMAGE.blobs().size());
  }

  @Test
  void indexesThatAreNestedTooDeepAreRefused() {
    // Given
    nest(6, 1);

    // When
    Result result = entrepot.run("warm", "registry.test/team/app:nested", "--platform", "all");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("nested too deep");
  }

  @Test
  void whatIsStoredAlreadyAndOnlyProvedIsNotToldAsFetched() {
    // Given
    registry.push("team/other", IMAGE, "v1");
    entrepot.succeed("warm", "registry.test/team/app:v1");

    // When
    Result again = entrepot.succeed("warm", "registry.test/team/other:v1");

    // Then
    assertThat(again.out()).contains(IMAGE.blobs().size() + " blobs", "of which 0 B fetched");
  }

  /** Indexes of indexes, each listing the next so many times. */
  private void nest(int depth, int times) {
    ImageManifest inner = IMAGE.manifest();
    for (int i = 0; i < depth; i++) {
      String child =
          "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
              .formatted(inner.mediaType(), inner.digest(), inner.length());
      inner =
          new ImageManifest(
              INDEX_TYPE,
              "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
                  .formatted(INDEX_TYPE, String.join(",", Collections.nCopies(times, child))));
      registry.push("team/app", inner, "nested");
    }
  }
}
