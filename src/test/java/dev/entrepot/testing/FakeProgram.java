package dev.entrepot.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * An executable that credentials are asked of: a shell script that notes how it was run and then
 * does what the test last told it to. It says nothing and succeeds until told otherwise.
 */
public final class FakeProgram {

  private final Path executable;
  private final Path state;

  private FakeProgram(Path executable, Path state) {
    this.executable = executable;
    this.state = state;
  }

  /** Writes the program into this directory. */
  public static FakeProgram in(Path directory, String name) {
    var state = directory.resolve(name + ".state");
    var program = new FakeProgram(directory.resolve(name), state);
    try {
      Files.createDirectories(state);
      // Written once: a program cannot be started while it is being written.
      Files.writeString(
          program.executable,
          """
          #!/bin/sh
          state='%s'
          echo run >> "$state/runs"
          tr '\\0' '\\n' < /proc/$$/cmdline > "$state/command-line"
          env > "$state/environment"
          cat > "$state/input"
          . "$state/behaviour"
          """
              .formatted(state));
      if (!program.executable.toFile().setExecutable(true)) {
        throw new IOException("it cannot be made executable");
      }
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to write a program but could not", broken);
    }
    return program.does("");
  }

  /** From now on it prints this and succeeds. */
  public FakeProgram says(String output) {
    return fails(0, output);
  }

  /** From now on it prints this and ends with this exit code. */
  public FakeProgram fails(int exitCode, String output) {
    write("output", output);
    return does("cat \"$state/output\"\nexit " + exitCode);
  }

  /** From now on it waits, together with a child, for something that never happens. */
  public FakeProgram hangs() {
    return does(
        """
        sleep 1000 &
        echo $! > "$state/child"
        echo $$ > "$state/self"
        wait
        """);
  }

  /** From now on it does this; {@code $state} is a directory of its own. */
  public FakeProgram does(String shell) {
    write("behaviour", shell);
    return this;
  }

  public Path path() {
    return executable;
  }

  /** How often it was started. */
  public int runs() {
    return (int) read("runs").lines().count();
  }

  /** What it last read. */
  public String input() {
    return read("input");
  }

  /** How it was last called, one argument a line, as everybody on the machine can see it. */
  public String commandLine() {
    return read("command-line");
  }

  /** The variables it was last given, one a line. */
  public List<String> environment() {
    return read("environment").lines().toList();
  }

  /** Blocks until it {@linkplain #hangs hangs}; gives the ids of its process and of its child's. */
  public List<Long> awaitHanging() {
    Await.until("the program to hang", () -> !read("self").isBlank());
    return Stream.of("self", "child").map(name -> Long.valueOf(read(name).strip())).toList();
  }

  /** Takes the program away. */
  public void delete() {
    try {
      Files.delete(executable);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to delete " + executable + " but could not", broken);
    }
  }

  /** Whether no process of this id runs any more, though its parent may not have noticed. */
  public static boolean isGone(long process) {
    try {
      String status = Files.readString(Path.of("/proc/" + process + "/stat"));
      return status.charAt(status.lastIndexOf(')') + 2) == 'Z';
    } catch (IOException gone) {
      return true;
    }
  }

  /** What a kubelet plugin answers that knows one credential for all images of a glob. */
  public static String pluginAnswer(
      String cacheKeyType, String cacheDuration, String glob, String username, String password) {
    return pluginAnswer(
        cacheKeyType,
        "\"" + cacheDuration + "\"",
        "{\"%s\":{\"username\":\"%s\",\"password\":\"%s\"}}".formatted(glob, username, password));
  }

  /** What a kubelet plugin answers; duration and credentials as they stand in the JSON. */
  public static String pluginAnswer(String cacheKeyType, String cacheDuration, String auth) {
    return """
        {"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderResponse",
         "cacheKeyType":"%s","cacheDuration":%s,"auth":%s}
        """
        .formatted(cacheKeyType, cacheDuration, auth);
  }

  /** What a docker credential helper answers. */
  public static String helperAnswer(String username, String secret) {
    return "{\"ServerURL\":\"any\",\"Username\":\"%s\",\"Secret\":\"%s\"}"
        .formatted(username, secret);
  }

  private void write(String name, String text) {
    try {
      // Swapped, because a run may be reading the old one.
      var fresh = Files.writeString(state.resolve(name + ".new"), text);
      Files.move(fresh, state.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to tell a program what to do but could not", broken);
    }
  }

  private String read(String name) {
    var file = state.resolve(name);
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to read " + file + " but could not", broken);
    }
  }
}
