package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.NativeProgram;
import dev.entrepot.testing.Proof;
import dev.entrepot.testing.TestBlob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** C 31: every write to the cache's disk takes its time. */
@Tag(Proof.TAG)
@Tag(Proof.HEAVY)
final class SlowDiskIT {

  private static final TestBlob BLOB = TestBlob.of(3100, 40_000_000);
  private static final Duration WRITE = Duration.ofMillis(200);

  @TempDir private Path directory;

  @Test
  void pullRunsAtUpstreamsSpeedNotTheDisks() {
    // Given
    var strace = NativeProgram.require("strace").toString();
    var slowly =
        List.of(
            strace,
            "-f",
            "-qq",
            "--seccomp-bpf",
            "-o",
            "/dev/null",
            "-e",
            "trace=pwrite64,pwritev",
            "-e",
            "inject=pwrite64,pwritev:delay_enter=" + WRITE.toMillis() * 1000);
    var jvm = new EntrepotProgram.Jvm(slowly, List.of("-XX:TieredStopAtLevel=1", "-Xmx192m"));
    try (var registry = FakeRegistry.start().push("team/app", BLOB);
        var entrepot = EntrepotProgram.serve(jvm, directory, EntrepotProgram.before(registry));
        var connection = entrepot.connect()) {
      // When
      var download = Download.begin(connection, "team/app", BLOB);
      var whole = CompletableFuture.runAsync(download::finish);

      // Then: a disk that takes 256 KiB in 200 ms would need half a minute.
      var limit = WRITE.multipliedBy(BLOB.length() / (256 * 1024) / 3);
      assertThat(whole).as("a pull beside slow writes").succeedsWithin(limit);
    }
  }
}
