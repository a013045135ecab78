package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Assertion 39: containerd shows nothing else of an answer to HEAD. */
final class ReasonPhraseTest {

  private static final String DIGEST =
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @Test
  void shortExplanationIsTakenAsItIs() {
    assertThat(ReasonPhrase.of("registry 'a.b' is not among the configured upstreams"))
        .isEqualTo("registry 'a.b' is not among the configured upstreams");
  }

  @Test
  void digestDoesNotPushTheReasonOut() {
    // When
    String phrase =
        ReasonPhrase.of(
            "tried to pull blob "
                + DIGEST
                + " of ghcr.io/team/app from ghcr.io but it answered 503");

    // Then
    assertThat(phrase)
        .isEqualTo(
            "tried to pull blob sha256:e3b0c44298fc... of ghcr.io/team/app from ghcr.io but it"
                + " answered 503");
  }

  @Test
  void longNameDoesNotPushTheReasonOut() {
    // When
    String phrase =
        ReasonPhrase.of(
            "tried to pull manifest v1 of " + "team/".repeat(40) + "app but it is down");

    // Then
    assertThat(phrase).hasSizeLessThanOrEqualTo(120).startsWith("tried to pull manifest v1 of ");
    assertThat(phrase).endsWith("... but it is down");
  }

  @Test
  void longReasonStandsAlone() {
    assertThat(
            ReasonPhrase.of(
                "tried to pull manifest v1 of team/app but ecr rule '*.dkr.ecr.*.amazonaws.com': role"
                    + " arn:aws:iam::123456789012:role/r may not be assumed"))
        .isEqualTo(
            "ecr rule '*.dkr.ecr.*.amazonaws.com': role arn:aws:iam::123456789012:role/r may not be"
                + " assumed");
  }

  @Test
  void tooLongAReasonKeepsTheRuleAndTheCause() {
    // When
    String phrase =
        ReasonPhrase.of(
            "tried to pull manifest v1 of team/app but ecr rule '*.dkr.ecr.*.amazonaws.com': "
                + "arn:aws:sts::123456789012:assumed-role/a-rather-long-name/session may not call"
                + " ecr:GetAuthorizationToken");

    // Then
    assertThat(phrase)
        .hasSize(120)
        .startsWith("ecr rule '*.dkr.ecr.*.amazonaws.com': ")
        .endsWith(" may not call ecr:GetAuthorizationToken");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\r\nSet-Cookie: b", "caf\u00e9", "\u001b[31mred", "tab\there", "\u2028"})
  void whatWouldBreakAStatusLineIsReplaced(String text) {
    assertThat(ReasonPhrase.of(text)).matches("[ -~]+");
  }

  @Test
  void longReasonIsCut() {
    assertThat(ReasonPhrase.of("tried to pull it but " + "x".repeat(500))).hasSize(120);
    assertThat(ReasonPhrase.of("y".repeat(500))).hasSize(120);
  }
}
