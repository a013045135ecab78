package dev.entrepot.cache;

import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * What a file looks like from outside: enough to tell whether anybody wrote to it.
 *
 * @param modified when its bytes were last changed, in nanoseconds of the epoch
 * @param changed when the file or anything about it was last changed, which nobody can set back;
 *     the same as {@code modified} where the system does not say
 */
record FileLooks(boolean isRegularFile, long size, long modified, long changed) {

  static FileLooks of(boolean isRegularFile, long size, FileTime modified, FileTime changed) {
    return new FileLooks(
        isRegularFile, size, modified.to(TimeUnit.NANOSECONDS), changed.to(TimeUnit.NANOSECONDS));
  }

  Instant lastModified() {
    return Instant.ofEpochSecond(0, modified);
  }
}
