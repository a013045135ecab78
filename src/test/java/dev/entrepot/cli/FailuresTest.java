package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

final class FailuresTest {

  @Test
  void aPathIsNoSentence() {
    assertThat(Failures.sentence(new NoSuchFileException("/a")))
        .isEqualTo("tried to use /a but it does not exist");
    assertThat(Failures.sentence(new AccessDeniedException("/a")))
        .isEqualTo("tried to use /a but permission was denied");
    assertThat(Failures.sentence(new FileSystemException("/a", null, "Read-only file system")))
        .isEqualTo("tried to use /a but Read-only file system");
  }
}
