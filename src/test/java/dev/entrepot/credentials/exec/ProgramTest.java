package dev.entrepot.credentials.exec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeProgram;
import dev.entrepot.testing.LogLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One run of a program: what it is given, how it ends, and what never leaves it. */
class ProgramTest {

  private static final byte[] INPUT = "question".getBytes(UTF_8);
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Path directory;
  private final FakeProgram fake;

  ProgramTest(@TempDir Path directory) {
    this.directory = directory;
    this.fake = FakeProgram.in(directory, "fake");
  }

  @Test
  void itReadsTheQuestionAndItsAnswerIsWhatItWrote() {
    // Given
    fake.says("answer");
    // When
    Program.Ended ended = program(LONG).run(INPUT);
    // Then
    assertThat(ended.exitCode()).isZero();
    assertThat(new String(ended.output(), UTF_8)).isEqualTo("answer");
    assertThat(fake.input()).isEqualTo("question");
  }

  @Test
  void anAnswerLargerThanAPipeIsReadWhole() {
    // Given
    fake.does("head -c 900000 /dev/zero");
    // Then
    assertThat(program(LONG).run(INPUT).output()).hasSize(900_000);
  }

  @Test
  void whoReadsNothingIsHeardAllTheSame() throws Exception {
    // Given
    Path deaf = Files.writeString(directory.resolve("deaf"), "#!/bin/sh\necho answer\n");
    assertThat(deaf.toFile().setExecutable(true)).isTrue();
    // Then
    assertThat(new String(program(deaf, LONG).run(INPUT).output(), UTF_8)).isEqualTo("answer\n");
  }

  @Test
  void whoLeavesAChildWithThePipeIsNotWaitedForAnyLonger() {
    // Given
    fake.does("sleep 1000 &\necho $! > \"$state/child\"\necho answer");
    // When
    Program.Ended ended = program(LONG).run(INPUT);
    // Then
    assertThat(new String(ended.output(), UTF_8)).isEqualTo("answer\n");
    fake.does("kill $(cat \"$state/child\")");
    program(LONG).run(INPUT);
  }

  @Test
  void whoTakesTooLongIsKilledWithItsChildren() {
    // Given
    fake.hangs();
    // When
    assertThatExceptionOfType(CredentialException.class)
        .isThrownBy(() -> program(Duration.ofSeconds(1)).run(INPUT))
        .withMessage("plugin fake did not answer within 1 s and was killed")
        .matches(failure -> !failure.isDenied());
    // Then
    assertThat(fake.awaitHanging()).hasSize(2).allSatisfy(ProgramTest::awaitGone);
  }

  @Test
  void whoIsNotWaitedForIsKilledWithItsChildren() {
    // Given
    fake.hangs();
    CompletableFuture<Throwable> outcome = new CompletableFuture<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    program(LONG).run(INPUT);
                  } catch (CredentialException e) {
                    outcome.complete(e);
                  }
                });
    List<Long> processes = fake.awaitHanging();
    // When
    caller.interrupt();
    // Then
    assertThat(outcome)
        .succeedsWithin(Await.DEADLINE)
        .extracting(Throwable::getMessage)
        .isEqualTo("plugin fake was not waited for");
    assertThat(processes).allSatisfy(ProgramTest::awaitGone);
  }

  @Test
  void whoWritesWithoutEndIsKilled() throws Exception {
    // Given
    Path self = directory.resolve("self");
    fake.does("echo $$ > '" + self + "'\nexec yes canary");
    // Then
    assertThatExceptionOfType(CredentialException.class)
        .isThrownBy(() -> program(LONG).run(INPUT))
        .withMessage("plugin fake wrote more than 1 MiB and was killed");
    awaitGone(Long.parseLong(Files.readString(self).strip()));
  }

  @Test
  void aFailureIsAnExitCodeWithoutAWordOfWhatWasSaid() {
    // Given
    fake.does("echo canary >&2\necho canary\nexit 3");
    try (LogLines log = LogLines.listen()) {
      // When
      Program.Ended ended = program(LONG).run(INPUT);
      // Then
      assertThat(ended.exitCode()).isEqualTo(3);
      assertThat(ended.toString()).doesNotContain("canary");
      assertThat(log.all()).noneSatisfy(line -> assertThat(line).contains("canary"));
    }
  }

  @Test
  void anythingMuchOnStderrHoldsNobodyUp() {
    // Given
    fake.does("head -c 1000000 /dev/zero >&2\necho answer");
    // Then
    assertThat(new String(program(LONG).run(INPUT).output(), UTF_8)).isEqualTo("answer\n");
  }

  @Test
  void whatIsNotThereOrNoProgramIsNamed() throws Exception {
    // Given
    Path missing = directory.resolve("missing");
    Path text = Files.writeString(directory.resolve("text"), "just text");
    // Then
    for (Path path : List.of(missing, text, directory)) {
      assertThatExceptionOfType(CredentialException.class)
          .isThrownBy(() -> program(path, LONG).run(INPUT))
          .withMessage(
              "plugin %s cannot be run: '%s' is no executable file"
                  .formatted(path.getFileName(), path));
    }
  }

  @Test
  void whatIsConfiguredForItIsInItsEnvironmentAndOnNoCommandLine() {
    // When
    new Program(
            "plugin fake",
            fake.path(),
            List.of("get"),
            environment(Map.of("AWS_SECRET_ACCESS_KEY", "canary", "HOME", "/elsewhere")),
            LONG)
        .run("canary".getBytes(UTF_8));
    // Then
    assertThat(fake.environment()).contains("AWS_SECRET_ACCESS_KEY=canary", "HOME=/elsewhere");
    assertThat(fake.commandLine()).contains("get").doesNotContain("canary");
  }

  @Test
  void ofOurOwnEnvironmentItGetsWhatItNeedsToAct() {
    // Given
    Map<String, String> inherited =
        new TreeMap<>(
            Map.of(
                "PATH", "/bin",
                "https_proxy", "http://proxy",
                "NO_PROXY", "*",
                "AWS_REGION", "eu-west-1",
                "GOOGLE_APPLICATION_CREDENTIALS", "/key",
                "AZURE_CLIENT_ID", "id",
                "ENTREPOT_UPSTREAMS_0_CREDENTIALS_PASSWORD", "canary",
                "JAVA_TOOL_OPTIONS", "-Dx=canary",
                "LD_PRELOAD", "/lib.so"));
    // When
    environment(Map.of("AWS_REGION", "us-east-1", "EXTRA", "1")).applyTo(inherited);
    // Then
    assertThat(inherited)
        .containsOnlyKeys(
            "PATH",
            "https_proxy",
            "NO_PROXY",
            "AWS_REGION",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "AZURE_CLIENT_ID",
            "EXTRA")
        .containsEntry("AWS_REGION", "us-east-1");
  }

  private Program program(Duration patience) {
    return program(fake.path(), patience);
  }

  private static Program program(Path path, Duration patience) {
    return new Program(
        "plugin " + path.getFileName(), path, List.of(), environment(Map.of()), patience);
  }

  private static ProgramEnvironment environment(Map<String, String> variables) {
    return new ProgramEnvironment(
        variables.entrySet().stream()
            .map(variable -> new EnvironmentVariable(variable.getKey(), variable.getValue()))
            .toList());
  }

  private static void awaitGone(long process) {
    Await.until("the end of process " + process, () -> FakeProgram.isGone(process));
  }
}
