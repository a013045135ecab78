package dev.entrepot.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.access.ExposureCheck.Exposed;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials are not lent to everyone by accident. */
class ExposureCheckTest {

  private static final ListenAddress OPEN = ListenAddress.of(":5443");
  private static final AccessProperties NOT_SAID = new AccessProperties(false);

  private static final Exposed ANONYMOUS = new Exposed("quay.io", false, false);
  private static final Exposed LISTED = new Exposed("**.pkg.dev", true, true);
  private static final Exposed UNLISTED = new Exposed("docker.io", true, false);

  @Test
  void credentialBehindAnOpenListenerIsObjectedTo() {
    // When
    Optional<String> objection =
        ExposureCheck.objection(OPEN, false, NOT_SAID, List.of(ANONYMOUS, UNLISTED));

    // Then
    assertThat(objection)
        .hasValueSatisfying(
            sentence ->
                assertThat(sentence)
                    .contains("0.0.0.0:5443", "docker.io")
                    .contains(
                        "entrepot.tls.client-ca", "`allow`", "entrepot.access.anonymous: true")
                    .doesNotContain("quay.io"));
  }

  @Test
  void everyExposedUpstreamIsNamedAndNoOther() {
    // Given
    Exposed second = new Exposed("ghcr.io", true, false);

    // When
    Optional<String> objection =
        ExposureCheck.objection(OPEN, false, NOT_SAID, List.of(UNLISTED, LISTED, second));

    // Then
    assertThat(objection)
        .hasValueSatisfying(
            sentence ->
                assertThat(sentence).contains("docker.io, ghcr.io").doesNotContain("pkg.dev"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:5443", "[::1]:5443", "localhost:5443"})
  void loopbackExposesNothing(String listen) {
    // When
    Optional<String> objection =
        ExposureCheck.objection(ListenAddress.of(listen), false, NOT_SAID, List.of(UNLISTED));

    // Then
    assertThat(objection).isEmpty();
  }

  @Test
  void anonymousAndListedUpstreamsExposeNothingMore() {
    // When
    Optional<String> none = ExposureCheck.objection(OPEN, false, NOT_SAID, List.of());
    Optional<String> safe =
        ExposureCheck.objection(OPEN, false, NOT_SAID, List.of(ANONYMOUS, LISTED));

    // Then
    assertThat(none).isEmpty();
    assertThat(safe).isEmpty();
  }

  @Test
  void authenticatedClientsAreAWayOut() {
    // When
    Optional<String> objection = ExposureCheck.objection(OPEN, true, NOT_SAID, List.of(UNLISTED));

    // Then
    assertThat(objection).isEmpty();
  }

  @Test
  void operatorsWordIsAWayOut() {
    // When
    Optional<String> objection =
        ExposureCheck.objection(OPEN, false, new AccessProperties(true), List.of(UNLISTED));

    // Then
    assertThat(objection).isEmpty();
  }
}
