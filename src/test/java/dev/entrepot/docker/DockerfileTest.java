package dev.entrepot.docker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class DockerfileTest {

  @Test
  void everythingCopiedExistsAndReachesTheBuild() throws IOException {
    // Given
    var letIn = Files.readAllLines(Path.of(".dockerignore"));

    // When
    var copied =
        instructions("COPY")
            .filter(words -> !words.startsWith("--from="))
            .flatMap(DockerfileTest::sources)
            .toList();

    // Then
    assertThat(copied)
        .isNotEmpty()
        .allSatisfy(
            source -> {
              assertThat(Path.of(source)).exists();
              assertThat(letIn).contains("!" + source);
            });
  }

  @Test
  void imageRunsAsTheUserThatTheChartNames() throws IOException {
    // When
    var users = instructions("USER").toList();

    // Then
    assertThat(users).containsExactly("65532:65532");
    assertThat(instructions("EXPOSE")).containsExactly("5443 5444");
  }

  @Test
  void thisJvmUnderstandsTheOptionsOfTheEntryPoint() throws Exception {
    // Given
    var words =
        JsonMapper.shared()
            .readValue(instructions("ENTRYPOINT").findFirst().orElseThrow(), String[].class);
    var options = Arrays.asList(words).subList(1, Arrays.asList(words).indexOf("-jar"));
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-version");

    // When
    var java = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(java.getInputStream().readAllBytes(), UTF_8);

    // Then
    assertThat(java.waitFor()).as(output).isZero();
    assertThat(output).doesNotContainIgnoringCase("warning");
  }

  private static Stream<String> instructions(String name) throws IOException {
    var text = Files.readString(Path.of("docker/Dockerfile")).replace("\\\n", " ");
    return text.lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> line.substring(name.length()).strip());
  }

  private static Stream<String> sources(String words) {
    var all = words.split("\\s+");
    return Arrays.stream(all).limit(all.length - 1);
  }
}
