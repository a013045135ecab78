package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Challenges as registries really send them. */
class ChallengeTest {

  static Stream<Arguments> sent() {
    return Stream.of(
        // Docker Hub
        one(
            "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\"",
            "bearer",
            Map.of(
                "realm", "https://auth.docker.io/token",
                "service", "registry.docker.io",
                "scope", "repository:a/b:pull,push")),
        // Artifact Registry's ping
        one(
            "Bearer realm=\"https://x.pkg.dev/v2/token\"",
            "bearer",
            Map.of("realm", "https://x.pkg.dev/v2/token")),
        // gcr.io, unquoted
        one(
            "Bearer realm=https://gcr.io/v2/token,service=gcr.io",
            "bearer",
            Map.of("realm", "https://gcr.io/v2/token", "service", "gcr.io")),
        // ECR
        one(
            "Basic realm=\"https://1.dkr.ecr.eu-west-2.amazonaws.com/\",service=\"ecr.amazonaws.com\"",
            "basic",
            Map.of(
                "realm", "https://1.dkr.ecr.eu-west-2.amazonaws.com/",
                "service", "ecr.amazonaws.com")),
        // Nexus
        one("BASIC realm=\"Sonatype Nexus\"", "basic", Map.of("realm", "Sonatype Nexus")),
        one("Bearer REALM = \"r\" , Service=s", "bearer", Map.of("realm", "r", "service", "s")),
        one("Bearer realm=\"a\\\"b\\\\c\"", "bearer", Map.of("realm", "a\"b\\c")),
        one("Bearer realm=\"first\",realm=\"second\"", "bearer", Map.of("realm", "first")),
        one("Bearer realm=\"unclosed", "bearer", Map.of("realm", "unclosed")),
        one("Negotiate", "negotiate", Map.of()));
  }

  @ParameterizedTest
  @MethodSource("sent")
  void everyShapeIsRead(String header, String scheme, Map<String, String> parameters) {
    // When
    List<Challenge> challenges = Challenge.parse(List.of(header));
    // Then
    assertThat(challenges).containsExactly(new Challenge(scheme, parameters));
  }

  @Test
  void severalChallengesStandInOneLineOrInSeveral() {
    // When
    List<Challenge> challenges =
        Challenge.parse(
            List.of("Basic realm=\"a, b=c\", Bearer realm=\"t\",service=s", "Digest x=y"));
    // Then
    assertThat(challenges)
        .extracting(Challenge::scheme)
        .containsExactly("basic", "bearer", "digest");
    assertThat(challenges.getFirst().parameter("realm")).contains("a, b=c");
  }

  @Test
  void scopesAreSeparatedByBlanks() {
    // When
    List<Challenge> challenges =
        Challenge.parse(List.of("Bearer scope=\"repository:a:pull  registry:catalog:*\""));
    // Then
    assertThat(challenges.getFirst().scopes())
        .containsExactly("repository:a:pull", "registry:catalog:*");
  }

  @Test
  void rubbishIsNoChallengeAndNoFailure() {
    assertThat(Challenge.parse(List.of("", ",,,", "=\"", "\"", "{}"))).isEmpty();
  }

  @RepeatedTest(50)
  void noHeaderIsTooStrange(RepetitionInfo repetition) {
    // Given
    Random random = new Random(repetition.getCurrentRepetition());
    StringBuilder header = new StringBuilder();
    random.ints(40, 0, 12).forEach(i -> header.append("Bb=\",\\ ;\ta{é".charAt(i)));
    // When
    List<Challenge> challenges = Challenge.parse(List.of(header.toString(), "Bearer realm=\"r\""));
    // Then
    assertThat(challenges.getLast()).isEqualTo(new Challenge("bearer", Map.of("realm", "r")));
  }

  private static Arguments one(String header, String scheme, Map<String, String> parameters) {
    return Arguments.of(header, scheme, parameters);
  }
}
