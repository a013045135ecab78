package dev.entrepot.credentials.google;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** All that is logged from now on at any level, by us and by Google's libraries. */
final class LoggedText extends AppenderBase<ILoggingEvent> implements AutoCloseable {

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<Logger> loggers =
      Stream.of("dev.entrepot.credentials", "com.google")
          .map(name -> (Logger) LoggerFactory.getLogger(name))
          .toList();
  private final java.util.logging.Logger platform =
      java.util.logging.Logger.getLogger("com.google");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          lines.add(entry.getMessage() + " " + entry.getThrown());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  LoggedText() {
    start();
    loggers.forEach(
        logger -> {
          logger.setLevel(Level.ALL);
          logger.addAppender(this);
        });
    platform.setLevel(java.util.logging.Level.ALL);
    handler.setLevel(java.util.logging.Level.ALL);
    platform.addHandler(handler);
  }

  List<String> lines() {
    return lines;
  }

  @Override
  protected void append(ILoggingEvent event) {
    lines.add(event.getFormattedMessage() + " " + Objects.toString(event.getThrowableProxy(), ""));
  }

  @Override
  public void close() {
    loggers.forEach(
        logger -> {
          logger.setLevel(null);
          logger.detachAppender(this);
        });
    platform.removeHandler(handler);
    platform.setLevel(null);
  }
}
