package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program that is asked for credentials: what it reads and writes goes through pipes, and nothing
 * of what it writes gets into a message. Its stderr is thrown away, because plugins have been seen
 * to write secrets there.
 *
 * @param shown what messages call it
 */
record Program(
    String shown,
    Path executable,
    List<String> arguments,
    ProgramEnvironment environment,
    Duration patience) {

  /** Less than any caller waits, so that it is this program that a message names. */
  static final Duration PATIENCE = CredentialContext.PATIENCE.minusSeconds(1);

  private static final int LARGEST = 1 << 20;
  private static final long LOOK_EVERY_MILLIS = 5;

  Program {
    arguments = List.copyOf(arguments);
  }

  /** How it ended, and its stdout. */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  record Ended(int exitCode, byte[] output) {

    @Override
    public String toString() {
      return "Ended[exitCode=" + exitCode + "]";
    }
  }

  /**
   * Runs it and waits for its end; one that takes too long or writes too much is killed together
   * with what it started.
   *
   * @param input what it reads from stdin, short enough for a pipe to hold
   */
  Ended run(byte[] input) {
    Process process = start();
    try {
      write(process, input);
      return await(process);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CredentialException.unavailable(shown + " was not waited for");
    } catch (IOException e) {
      throw CredentialException.unavailable(
          shown + " could not be read from (" + e.getClass().getSimpleName() + ")");
    } finally {
      kill(process.toHandle());
    }
  }

  private Process start() {
    ProcessBuilder builder =
        new ProcessBuilder(
                Stream.concat(Stream.of(executable.toString()), arguments.stream()).toList())
            .redirectError(Redirect.DISCARD);
    environment.applyTo(builder.environment());
    try {
      return builder.start();
    } catch (IOException e) {
      throw CredentialException.unavailable(
          ProgramEnvironment.isProgram(executable)
              ? shown + " could not be started"
              : "%s cannot be run: '%s' is no executable file".formatted(shown, executable));
    }
  }

  private static void write(Process process, byte[] input) {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input);
    } catch (IOException _) {
      // It ended without reading, and that says enough.
    }
  }

  /** Reads only what is there: who inherited the pipe could keep it open for ever. */
  private Ended await(Process process) throws IOException, InterruptedException {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      boolean ended = !process.isAlive();
      drain(process.getInputStream(), output);
      if (output.size() > LARGEST) {
        throw CredentialException.unavailable(shown + " wrote more than 1 MiB and was killed");
      }
      if (ended) {
        return new Ended(process.exitValue(), output.toByteArray());
      }
      if (System.nanoTime() - deadline > 0) {
        throw CredentialException.unavailable(
            "%s did not answer within %d s and was killed".formatted(shown, patience.toSeconds()));
      }
      process.waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private static void drain(InputStream stdout, ByteArrayOutputStream output) throws IOException {
    int available;
    while (output.size() <= LARGEST && (available = stdout.available()) > 0) {
      output.write(stdout.readNBytes(available));
    }
  }

  /** Children are looked up first: they are nobody's once their parent is gone. */
  private static void kill(ProcessHandle process) {
    if (process.isAlive()) {
      List<ProcessHandle> children = process.children().toList();
      process.destroyForcibly();
      children.forEach(Program::kill);
    }
  }
}
