package dev.entrepot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * Whether the disk may be written to. After a failure it is left alone for a while, then tried with
 * a small file.
 */
final class DiskHealth {

  private static final Logger log = LoggerFactory.getLogger(DiskHealth.class);
  private static final Duration SHORTEST = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofMinutes(4);

  /** A disk that fails again this soon had not recovered. */
  private static final Duration RELAPSE = Duration.ofMinutes(10);

  private static final int PROBE = 64 * 1024;

  private final CacheDirectory directory;
  private final Volume volume;
  private final DiskThreads threads;
  private final Tuning tuning;
  private final InstantSource clock;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean isWorking = true;
  private Duration pause = Duration.ZERO;
  private Instant since = Instant.MIN;
  private Disposable next = Disposables.disposed();
  private boolean isStopped;

  /**
   * @param volume the disk itself, which is tried however it fared
   */
  DiskHealth(
      CacheDirectory directory,
      Volume volume,
      DiskThreads threads,
      Tuning tuning,
      InstantSource clock) {
    this.directory = directory;
    this.volume = volume;
    this.threads = threads;
    this.tuning = tuning;
    this.clock = clock;
  }

  boolean isWorking() {
    return isWorking;
  }

  /** Runs on a thread that may block, whenever the disk works again. */
  void onRecovery(Runnable listener) {
    listeners.add(listener);
  }

  void failed(String operation, IOException reason) {
    if (isAboutOneFile(operation, reason)) {
      return;
    }
    synchronized (this) {
      if (!isWorking) {
        return;
      }
      boolean isRelapse =
          since.isAfter(Instant.MIN) && since.plus(RELAPSE).isAfter(clock.instant());
      pause = isRelapse ? longer() : SHORTEST;
      since = clock.instant();
      isWorking = false;
      log.warn(
          "disk in trouble, passing through operation={} reason={} pause={}",
          operation,
          reason.toString(),
          pause);
    }
    probeLater();
  }

  /** What says nothing of the other files. */
  private static boolean isAboutOneFile(String operation, IOException reason) {
    return switch (reason) {
      case ClosedChannelException _,
          NotDirectoryException _,
          NoSuchFileException _,
          FileAlreadyExistsException _ ->
          true;
      case AccessDeniedException _ -> !operation.equals("create");
      default -> false;
    };
  }

  private synchronized Duration longer() {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
  }

  synchronized void stop() {
    isStopped = true;
    next.dispose();
  }

  private synchronized void probeLater() {
    if (isStopped) {
      return;
    }
    next =
        tuning
            .timer()
            .schedule(() -> threads.write(this::probe), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void probe() {
    synchronized (this) {
      if (isStopped) {
        return;
      }
    }
    Path file = directory.newFill();
    try {
      try (FileChannel channel = volume.create(file)) {
        volume.write(channel, ByteBuffer.allocate(PROBE), 0);
        volume.force(channel);
      } finally {
        volume.delete(file);
      }
    } catch (IOException e) {
      synchronized (this) {
        pause = longer();
      }
      log.debug("disk still in trouble reason={} pause={}", e.toString(), pause);
      probeLater();
      return;
    }
    synchronized (this) {
      log.info(
          "disk works again, storing resumes after={}", Duration.between(since, clock.instant()));
      since = clock.instant();
      isWorking = true;
    }
    listeners.forEach(Runnable::run);
  }
}
