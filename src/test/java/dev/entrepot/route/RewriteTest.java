package dev.entrepot.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RepositoryName;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a repository's name is changed for the upstream. */
class RewriteTest {

  @ParameterizedTest
  @CsvSource({
    "library/, mirror/,         library/nginx,   mirror/nginx",
    "library/, '',              library/nginx,   nginx",
    "'',       hub-proxy/,      library/nginx,   hub-proxy/library/nginx",
    "library/, mirror/,         x/library/nginx, x/library/nginx",
    "a.b/,     c/,              axb/app,         axb/app",
    "a/,       b/,              a/a/app,         b/a/app"
  })
  void prefixIsReplacedOnceAtTheStartOnly(String prefix, String to, String name, String rewritten) {
    // Given
    Rewrite rewrite = Rewrite.ofPrefix(prefix, to);

    // When
    RepositoryName result = rewrite.apply(new RepositoryName(name));

    // Then
    assertThat(result).hasToString(rewritten);
  }

  @Test
  void prefixsReplacementIsNoExpression() {
    // Given
    Rewrite rewrite = Rewrite.ofPrefix("acme/", "$1/\\");

    // When
    RegistryException refusal =
        catchThrowableOfType(
            RegistryException.class, () -> rewrite.apply(new RepositoryName("acme/app")));

    // Then
    assertThat(refusal).hasMessageContaining("$1/\\app");
  }

  @ParameterizedTest
  @CsvSource({
    "^([^/]+)/(.+)$,  $2-of-$1,   acme/app,   app-of-acme",
    "^acme/,          corp/,      acme/app,   corp/app",
    "^acme/,          corp/,      other/app,  other/app",
    "app,             x,          app/app,    x/app",
    "(?<org>^a+)/,    ${org}b/,   aa/app,     aab/app"
  })
  void firstMatchOfAnExpressionIsReplaced(
      String expression, String to, String name, String rewritten) {
    // Given
    Rewrite rewrite = Rewrite.ofRegex(expression, to);

    // When
    RepositoryName result = rewrite.apply(new RepositoryName(name));

    // Then
    assertThat(result).hasToString(rewritten);
  }

  @ParameterizedTest
  @CsvSource({
    "^(a),  $2",
    "^a,  $1",
    "^a,  ${name}",
    "^a,  a$",
    "^a,  a\\",
    "'(a',  b",
    "'a{',  b"
  })
  void brokenExpressionOrReplacementIsRefusedBeforeItIsUsed(String expression, String to) {
    // When / Then
    assertThatIllegalArgumentException().isThrownBy(() -> Rewrite.ofRegex(expression, to));
  }

  @Test
  void rewriteToWhatIsNoRepositoryIsRefused() {
    // Given
    Rewrite rewrite = Rewrite.ofRegex("^acme", "../secret");

    // When
    RegistryException refusal =
        catchThrowableOfType(
            RegistryException.class, () -> rewrite.apply(new RepositoryName("acme/app")));

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
  }

  @Test
  void withoutARewriteTheNameStays() {
    // When
    RepositoryName name = Rewrite.apply(Optional.empty(), new RepositoryName("acme/app"));

    // Then
    assertThat(name).hasToString("acme/app");
  }
}
