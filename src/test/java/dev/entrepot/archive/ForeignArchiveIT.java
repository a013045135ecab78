package dev.entrepot.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.Podman;
import dev.entrepot.testing.Skopeo;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that other programs made, and ours in their hands. */
final class ForeignArchiveIT {

  private static final String NAME = "registry.test/team/app:v1";
  private static final TestIndex INDEX = TestIndex.create(2400);
  private static final TestImage IMAGE = TestImage.recipe(2410).layer(300_000).docker().build();

  /** skopeo finds nothing in a layout whose media types are Docker's. */
  private static final TestImage OCI_IMAGE = TestImage.create(2420);

  @TempDir private Path directory;

  private final FakeRegistry registry =
      FakeRegistry.start().push("team/index", INDEX, "v1").push("team/app", IMAGE, "v1");

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void skopeosLayoutOfAnIndexIsExact() throws IOException {
    // Given
    Path layout = directory.resolve("layout");
    skopeo("--all", source("team/index"), "oci:" + layout + ":" + NAME);

    // When
    try (ImageArchive archive = ImageArchive.open(layout)) {
      CheckedImage checked = archive.check(archive.images().getFirst(), _ -> {});

      // Then
      assertThat(checked.image().names()).extracting(Object::toString).containsExactly(NAME);
      assertThat(checked.image().root().digest()).hasToString(INDEX.manifest().digest());
      assertThat(checked.contents()).hasSize(9);
    }
  }

  @Test
  void skopeosDockerArchiveGetsAManifest() throws IOException {
    // Given
    Path file = directory.resolve("saved.tar");
    skopeo(source("team/app"), "docker-archive:" + file + ":" + NAME);

    // When / Then
    assertIsTheImageUnpacked(file);
  }

  @Test
  void podmansSaveGetsAManifest() throws IOException {
    // Given
    Podman podman = new Podman(directory);
    String image = registry.uri().getAuthority() + "/team/app:v1";
    podman.run("pull", "--tls-verify=false", image).succeeded();
    podman.run("tag", image, NAME).succeeded();
    Path file = directory.resolve("saved.tar");
    podman.run("save", "--output", file.toString(), NAME).succeeded();

    // When / Then
    assertIsTheImageUnpacked(file);
  }

  @Test
  void skopeoFindsOurImageByItsFullName() throws IOException {
    // Given
    Path file = directory.resolve("ours.tar");
    try (LayoutWriter writer = LayoutWriter.tar(file)) {
      ArchiveUnderTest.write(writer, NAME, OCI_IMAGE);
    }
    Path copy = directory.resolve("copy");

    // When
    skopeo("oci-archive:" + file + ":" + NAME, "dir:" + copy);

    // Then
    assertThat(Hashing.digest(Files.newInputStream(copy.resolve("manifest.json"))))
        .isEqualTo(OCI_IMAGE.digest());
  }

  @Test
  void podmanLoadsOurImageUnderItsFullName() throws IOException {
    // Given
    Path file = directory.resolve("ours.tar");
    try (LayoutWriter writer = LayoutWriter.tar(file)) {
      ArchiveUnderTest.write(writer, NAME, IMAGE);
    }
    Podman podman = new Podman(directory);

    // When
    podman.run("load", "--input", file.toString()).succeeded();

    // Then
    assertThat(podman.run("inspect", "--type", "image", NAME).succeeded().output())
        .contains(IMAGE.config().digest().substring("sha256:".length()));
  }

  private static void assertIsTheImageUnpacked(Path file) throws IOException {
    try (ImageArchive archive = ImageArchive.open(file)) {
      CheckedImage checked = archive.check(archive.images().getFirst(), _ -> {});
      assertThat(checked.image().names()).extracting(Object::toString).containsExactly(NAME);
      assertThat(checked.contents())
          .extracting(Descriptor::mediaType)
          .startsWith("application/vnd.docker.distribution.manifest.v2+json")
          .endsWith("application/vnd.docker.image.rootfs.diff.tar")
          .hasSize(4);
      assertThat(checked.contents().get(1).digest()).hasToString(IMAGE.config().digest());
    }
  }

  private String source(String repository) {
    return "docker://" + registry.uri().getAuthority() + "/" + repository + ":v1";
  }

  private void skopeo(String... words) {
    String[] command = new String[words.length + 2];
    command[0] = "copy";
    command[1] = "--src-tls-verify=false";
    System.arraycopy(words, 0, command, 2, words.length);
    new Skopeo(directory).run(command).succeeded();
  }
}
