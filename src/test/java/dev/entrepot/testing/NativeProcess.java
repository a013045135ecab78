package dev.entrepot.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A running program whose output goes to a file that the test can read. */
public final class NativeProcess implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Process process;
  private final Path output;

  private NativeProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a program; {@code output} is overwritten. */
  public static NativeProcess start(
      Path output, Map<String, String> environment, List<String> command) {
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    try {
      var process = builder.start();
      // A test run that is stopped halfway leaves nothing running either.
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      process.getOutputStream().close();
      return new NativeProcess(process, output);
    } catch (IOException broken) {
      throw new UncheckedIOException(
          "tried to start " + command.getFirst() + " but could not", broken);
    }
  }

  /** Runs a program to its end, at most so long. */
  public static Finished run(
      Path output, Duration limit, Map<String, String> environment, List<String> command) {
    try (var running = start(output, environment, command)) {
      if (!running.process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            "waited "
                + limit
                + " for "
                + command
                + " but it still runs; it said:\n"
                + running.output());
      }
      return new Finished(running.process.exitValue(), running.output());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + command.getFirst() + " ran", stopped);
    }
  }

  /** How a program ended and all that it printed. */
  public record Finished(int exitCode, String output) {

    /** Fails the test unless the program succeeded. */
    public Finished succeeded() {
      if (exitCode != 0) {
        throw new AssertionError("the program ended with " + exitCode + " and said:\n" + output);
      }
      return this;
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public long id() {
    return process.pid();
  }

  /** All that it printed so far. */
  public String output() {
    try {
      return Files.readString(output, StandardCharsets.UTF_8);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to read " + output + " but could not", broken);
    }
  }

  /** Blocks until it printed this text; fails at once when it ended instead. */
  public void awaitOutput(String text) {
    awaitOutput(text, Await.DEADLINE);
  }

  /** The same with a deadline for slow programs. */
  public void awaitOutput(String text, Duration deadline) {
    Await.until(
        "'" + text + "' in " + output,
        deadline,
        () -> {
          boolean alive = isAlive();
          if (output().contains(text)) {
            return true;
          }
          if (!alive) {
            throw new AssertionError("the program ended; it said:\n" + output());
          }
          return false;
        });
  }

  /** Asks it to end, with SIGTERM, and does not wait. */
  public void terminate() {
    process.destroy();
  }

  /** Ends it at once, with SIGKILL. */
  public void kill() {
    process.destroyForcibly();
    awaitExit(GRACE);
  }

  /** Blocks until it ended; gives its exit code. */
  public int awaitExit(Duration limit) {
    Await.until("the end of process " + id() + " that logs to " + output, limit, () -> !isAlive());
    return process.exitValue();
  }

  /** Asks it to end, then kills it and its children. */
  @Override
  public void close() {
    var children = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
