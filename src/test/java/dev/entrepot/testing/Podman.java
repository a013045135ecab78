package dev.entrepot.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The real podman with its storage in a test's directory. */
public final class Podman {

  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final Path directory;
  private final Path program;

  /** A podman whose home and storage are in this directory. */
  public Podman(Path directory) {
    NativeProgram.requireRoot();
    this.directory = directory;
    this.program = NativeProgram.require("podman");
  }

  /** Runs podman with these arguments. */
  public NativeProcess.Finished run(String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--root",
                directory.resolve("podman").toString(),
                "--runroot",
                directory.resolve("podman-run").toString(),
                "--tmpdir",
                directory.resolve("podman-tmp").toString(),
                "--storage-driver",
                "vfs",
                "--cgroup-manager",
                "cgroupfs",
                "--events-backend",
                "none"));
    command.addAll(List.of(arguments));
    return NativeProcess.run(
        directory.resolve("podman.log"), LIMIT, Skopeo.environment(directory), command);
  }
}
