package dev.entrepot.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Globs over repository names. */
class GlobTest {

  @ParameterizedTest
  @CsvSource({
    "acme/app,    acme/app,        true",
    "acme/app,    acme/apps,       false",
    "acme/app,    x/acme/app,      false",
    "acme/*,      acme/app,        true",
    "acme/*,      acme/a.b-c_d,    true",
    "acme/*,      acme/team/app,   false",
    "acme/*,      acme,            false",
    "acme/**,     acme/team/app,   true",
    "acme/**,     acme-evil/app,   false",
    "acme/**,     acme,            false",
    "acme-*/app,  acme-prod/app,   true",
    "acme-*/app,  acme-/app,       true",
    "**/app,      acme/team/app,   true",
    "**/app,      app,             false",
    "*/*,         acme/app,        true",
    "*/*,         acme/team/app,   false",
    "**,          acme/team/app,   true",
    "*,           app,             true",
    "a.b/c,       axb/c,           false"
  })
  void starStaysWithinOnePartAndTwoDoNot(String glob, String repository, boolean matches) {
    // When
    boolean matched = Glob.ofRepositories(glob).matcher(repository).matches();

    // Then
    assertThat(matched).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "/",
        "/acme/**",
        "acme/",
        "acme//app",
        "Acme/**",
        "acme/** ",
        "acme:app",
        "ac?me",
        "[a-z]/app",
        "acme/app\n",
        "https://acme"
      })
  void globThatCanNeverMatchIsRefused(String glob) {
    // When / Then
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Glob.ofRepositories(glob))
        .withMessageContaining("'" + glob + "'");
  }
}
