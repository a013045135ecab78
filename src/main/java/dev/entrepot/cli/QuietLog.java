package dev.entrepot.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggingSystem;

/**
 * Keeps the log silent while a command prints answers of its own: without a running server it would
 * go to the same stream.
 */
final class QuietLog implements AutoCloseable {

  private final LoggingSystem logging = LoggingSystem.get(QuietLog.class.getClassLoader());
  private final @Nullable LogLevel before =
      Optional.ofNullable(logging.getLoggerConfiguration(LoggingSystem.ROOT_LOGGER_NAME))
          .map(LoggerConfiguration::getConfiguredLevel)
          .orElse(null);

  QuietLog() {
    logging.setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.OFF);
  }

  @Override
  public void close() {
    logging.setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, before);
  }
}
