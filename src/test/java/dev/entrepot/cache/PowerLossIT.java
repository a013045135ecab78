package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.NativeProcess;
import dev.entrepot.testing.NativeProgram;
import dev.entrepot.testing.Proof;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.FileSystemUtils;

/** D 34: power fails while blobs arrive; the file system keeps what it was made to keep. */
@Tag(Proof.TAG)
class PowerLossIT {

  private static final int LOSSES = Proof.count("losses", 4, 200);
  private static final long DISK = 512L << 20;
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir private Path directory;

  @AfterEach
  void unmount() {
    run("umount", "--quiet", "--lazy", mount().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void afterALossOfPowerEveryBlobIsWhole(String fileSystem) throws Exception {
    // Given
    NativeProgram.requireRoot();
    NativeProgram.require("mkfs." + fileSystem);
    NativeProgram.require("xfs_io");
    KilledCache program = new KilledCache(directory);
    Random moments = new Random(34);
    makeDisk(fileSystem);
    int most = 0;
    for (int loss = 0; loss < LOSSES; loss++) {
      mount(fileSystem);
      Process child = program.start(List.of(), mount().resolve("cache"), loss, 10_000);
      KilledCache.awaitSteps(child, 1 + moments.nextInt(400));

      // When
      run("xfs_io", "-x", "-c", "shutdown", mount().toString()).succeeded();
      KilledCache.kill(child);
      run("umount", mount().toString()).succeeded();

      // Then
      mount(fileSystem);
      most = Math.max(most, KilledCache.assertSound(mount().resolve("cache"), loss));
      makeRoom();
      run("umount", mount().toString()).succeeded();
    }
    assertThat(most).as("blobs that outlived a loss").isGreaterThan(1);
  }

  private void makeDisk(String fileSystem) throws IOException {
    Files.createDirectories(mount());
    try (var image = new RandomAccessFile(directory.resolve("disk.img").toFile(), "rw")) {
      image.setLength(DISK);
    }
    run("mkfs." + fileSystem, "-q", directory.resolve("disk.img").toString()).succeeded();
  }

  private void mount(String fileSystem) {
    var mounted =
        run(
            "mount",
            "-t",
            fileSystem,
            "-o",
            "loop",
            directory.resolve("disk.img").toString(),
            mount().toString());
    NativeProgram.requireThat(
        mounted.exitCode() == 0, "this test mounts disks of its own: " + mounted.output());
  }

  /** Before the disk is full, which is not what this is about. */
  private void makeRoom() throws IOException {
    if (Files.getFileStore(mount()).getUsableSpace() < DISK / 2) {
      FileSystemUtils.deleteRecursively(mount().resolve("cache"));
    }
  }

  private Path mount() {
    return directory.resolve("mount");
  }

  private NativeProcess.Finished run(String... command) {
    return NativeProcess.run(directory.resolve("command.log"), LIMIT, Map.of(), List.of(command));
  }
}
