package dev.entrepot.credentials;

import dev.entrepot.metrics.Meters;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A file's parsed content, looked at again at most once a second. Content is compared, not times: a
 * mounted secret changes by the swap of a link. A file that cannot be read or parsed leaves the
 * last good content in force.
 */
public final class WatchedFile<T> {

  private static final Logger log = LoggerFactory.getLogger(WatchedFile.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
  private static final int LARGEST = 1 << 20;

  private final String key;
  private final Path path;
  private final Function<byte[], T> parser;
  private final InstantSource clock;
  private final Meters meters;
  private volatile Seen<T> seen;

  private WatchedFile(
      String key, Path path, Function<byte[], T> parser, InstantSource clock, Meters meters) {
    this.key = key;
    this.path = path;
    this.parser = parser;
    this.clock = clock;
    this.meters = meters;
    try {
      byte[] content = read();
      this.seen = new Seen<>(content, parser.apply(content), clock.instant(), null);
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s is '%s', which cannot be used: %s; name a readable file with the right content."
              .formatted(key, path, reason(e)),
          e);
    }
  }

  /**
   * Reads the file. Fails with {@link IllegalArgumentException} when it is not usable now: at the
   * start there is no last good content.
   *
   * @param key the setting that names the file, for messages
   * @param parser says with an {@link IllegalArgumentException} what is wrong, without the content
   */
  public static <T> WatchedFile<T> of(
      String key, Path path, Function<byte[], T> parser, CredentialContext context) {
    return new WatchedFile<>(key, path, parser, context.clock(), context.meters());
  }

  /**
   * A file's one line, without the line end that editors add.
   *
   * @param what it should be, for the message
   */
  public static Secret line(byte[] content, String what) {
    String text = new String(content, StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException("it holds no " + what);
    }
    if (text.chars().anyMatch(c -> c < ' ')) {
      throw new IllegalArgumentException("it holds more than one line");
    }
    return Secret.of(text);
  }

  /** The parsed content. */
  public Mono<T> current() {
    Seen<T> now = seen;
    return clock.instant().isBefore(now.at().plus(LOOK_AGAIN))
        ? Mono.just(now.value())
        : Mono.fromCallable(this::lookAgain).subscribeOn(Schedulers.boundedElastic());
  }

  /** What {@link #current} yielded last; reads nothing. */
  public T latest() {
    return seen.value();
  }

  /** The next {@link #current} looks at the file, however young the content is. */
  public void doubt() {
    seen = seen.at(Instant.MIN);
  }

  private synchronized T lookAgain() {
    Seen<T> last = seen;
    try {
      byte[] content = read();
      if (Arrays.equals(content, last.content())) {
        seen = last.at(clock.instant());
      } else {
        seen = new Seen<>(content, parser.apply(content), clock.instant(), null);
        log.info("Loaded {} anew from '{}'", key, path);
        meters.reloaded("credentials", "loaded");
      }
    } catch (IOException | IllegalArgumentException e) {
      keepLast(last, reason(e));
    }
    return seen.value();
  }

  private void keepLast(Seen<T> last, String reason) {
    seen = new Seen<>(last.content(), last.value(), clock.instant(), reason);
    if (!reason.equals(last.complaint())) {
      log.warn("Tried to load {} from '{}' but {}; the last good one stays", key, path, reason);
      meters.reloaded("credentials", "failed");
    }
  }

  private byte[] read() throws IOException {
    try (InputStream file = Files.newInputStream(path)) {
      byte[] content = file.readNBytes(LARGEST + 1);
      if (content.length > LARGEST) {
        throw new IllegalArgumentException("it is larger than 1 MiB");
      }
      return content;
    }
  }

  /** A file system's exception says only the path, its type says why. */
  private static String reason(Exception e) {
    return e instanceof IOException
        ? "it cannot be read (" + e.getClass().getSimpleName() + ")"
        : String.valueOf(e.getMessage());
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  private record Seen<T>(byte[] content, T value, Instant at, @Nullable String complaint) {
    Seen<T> at(Instant instant) {
      return new Seen<>(content, value, instant, complaint);
    }
  }
}
