package dev.entrepot.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The real skopeo, which reads no configuration but what the test puts into its directory. */
public final class Skopeo {

  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final Path directory;
  private final Path program;

  /** A skopeo whose home is this directory. */
  public Skopeo(Path directory) {
    this.directory = directory;
    this.program = NativeProgram.require("skopeo");
  }

  /** Runs skopeo with these arguments. */
  public NativeProcess.Finished run(String... arguments) {
    var command = new ArrayList<>(List.of(program.toString(), "--insecure-policy"));
    command.addAll(List.of(arguments));
    return NativeProcess.run(
        directory.resolve("skopeo.log"), LIMIT, environment(directory), command);
  }

  /** What keeps programs built on containers/image away from the machine's own configuration. */
  static Map<String, String> environment(Path directory) {
    return Map.of(
        "HOME", directory.toString(),
        "XDG_RUNTIME_DIR", directory.toString(),
        "CONTAINERS_REGISTRIES_CONF", RegistriesConf.file(directory).toString());
  }
}
