package dev.entrepot.testing;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The real moto, which plays all of AWS without checking who asks, on a free port. Its ECR tokens
 * say that they ended in 2015.
 */
public final class MotoServer implements AutoCloseable {

  private static final Pattern RUNNING =
      Pattern.compile("Running on (http://127\\.0\\.0\\.1:\\d+)");

  /** It is written in Python and loads a good deal of it. */
  private static final Duration START = Duration.ofSeconds(60);

  private final NativeProcess process;
  private final URI uri;

  private MotoServer(NativeProcess process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  /** Starts it; its log goes to this directory. */
  public static MotoServer start(Path directory) {
    var program = NativeProgram.require("moto_server").toString();
    var process =
        NativeProcess.start(
            directory.resolve("moto.log"),
            Map.of("PYTHONUNBUFFERED", "1"),
            List.of(program, "-H", "127.0.0.1", "-p", "0"));
    try {
      process.awaitOutput("Press CTRL+C", START);
      var running = RUNNING.matcher(process.output());
      if (!running.find()) {
        throw new AssertionError("moto does not say its port:\n" + process.output());
      }
      return new MotoServer(process, URI.create(running.group(1)));
    } catch (AssertionError broken) {
      process.close();
      throw broken;
    }
  }

  /** Where every API of AWS is. */
  public URI uri() {
    return uri;
  }

  /** What it logged, one line for each request among it. */
  public String log() {
    return process.output();
  }

  @Override
  public void close() {
    process.close();
  }
}
