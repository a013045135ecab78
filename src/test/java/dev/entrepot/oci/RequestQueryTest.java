package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request's query says, and what of it upstream is asked. */
class RequestQueryTest {

  private static final Digest SHA256 = new Digest("sha256", "0123456789abcdef".repeat(4));

  @ParameterizedTest
  @CsvSource({
    "ns=docker.io,                      docker.io",
    "ns=reg.example%3A5000,             reg.example:5000",
    "ns=reg.example:5000,               reg.example:5000",
    "n%73=ghcr%2Eio,                    ghcr.io",
    "ns=GHCR.IO,                        ghcr.io",
    "ns=index.docker.io,                docker.io",
    "ns=%5B%3A%3A1%5D%3A5000,           [::1]:5000",
    "x=y&ns=quay.io&n=5,                quay.io",
    "ns=quay.io&ns=quay.io,             quay.io",
    "&ns=quay.io&,                      quay.io"
  })
  void namespaceIsDecoded(String query, String host) {
    // When
    RegistryRequest request = RegistryRequestParser.parse("/v2/a/b/tags/list", query);

    // Then
    assertThat(request)
        .isInstanceOfSatisfying(
            RegistryRequest.Tags.class,
            tags -> assertThat(tags.name().namespace()).contains(new RegistryHost(host)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ns=", "ns", "NS=docker.io", "x=y"})
  void namespaceMayBeAbsent(String query) {
    // When
    RegistryRequest request = RegistryRequestParser.parse("/v2/a/b/manifests/x", query);

    // Then
    assertThat(request).isEqualTo(new RegistryRequest.Manifest(named("a/b"), new Tag("x")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ns=docker.io&ns=ghcr.io",
        "ns=docker.io&n%73=ghcr.io",
        "ns=&ns=docker.io",
        "ns=docker.io%",
        "ns=docker.io%2",
        "ns=docker.io%zz",
        "ns=docker.io%ff",
        "ns=docker.io%00",
        "ns=docker.io%0d%0ax:+y",
        "ns=docker.io/library",
        "ns=docker.io%2Flibrary",
        "ns=user@docker.io",
        "ns=docker%252Eio",
        "ns=*.io",
        "x=1&x=2",
        "%=x"
      })
  void namespaceOrQueryThatLeavesADoubtIsRefused(String query) {
    // When
    RegistryException refusal = refusal("/v2/a/b/manifests/x", query);

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
    assertThat(refusal.explanation()).matches("[ -~]{1,300}");
  }

  @Test
  void queryOfMoreThan20ParametersIsRefused() {
    // When
    RegistryRequest most = RegistryRequestParser.parse("/v2/a/b/tags/list", "a=b&".repeat(19));
    RegistryException refusal = refusal("/v2/a/b/tags/list", "a=b&".repeat(20));
    RegistryException thousands = refusal("/v2/a/b/manifests/x", "&".repeat(100_000));

    // Then
    assertThat(most).isEqualTo(new RegistryRequest.Tags(named("a/b"), "a=b"));
    assertThat(refusal.explanation()).contains("20 parameters");
    assertThat(thousands.explanation()).contains("20 parameters");
  }

  @ParameterizedTest
  @CsvSource({
    "n=10,                             n=10",
    "n=0,                              n=0",
    "n=000,                            n=0",
    "n=1000,                           n=1000",
    "n=1001,                           n=1000",
    "n=9223372036854775807,            n=1000",
    "n=9223372036854775808,            n=1000",
    "n=99999999999999999999999999,     n=1000",
    "n=00000000000000000000000007,     n=7",
    "n=10&last=1.2&ns=docker.io,       n=10&last=1.2",
    "last=a%26b%3Dc+d,                 last=a%26b%3Dc+d",
    "artifactType=application%2Fx,     artifactType=application%2Fx",
    "last,                             last=",
    "ns=docker.io&,                    ''",
    "ns=docker.io,                     ''"
  })
  void pageIsAskedForWithASaneSizeAndWithoutTheNamespace(String query, String forUpstream) {
    // When
    RegistryRequest tags = RegistryRequestParser.parse("/v2/a/b/tags/list", query);
    RegistryRequest referrers = RegistryRequestParser.parse("/v2/a/b/referrers/" + SHA256, query);

    // Then
    assertThat(tags)
        .isInstanceOfSatisfying(
            RegistryRequest.Tags.class, page -> assertThat(page.query()).isEqualTo(forUpstream));
    assertThat(referrers)
        .isInstanceOfSatisfying(
            RegistryRequest.Referrers.class,
            page -> assertThat(page.query()).isEqualTo(forUpstream));
  }

  @ParameterizedTest
  @ValueSource(strings = {"n=", "n", "n=-1", "n=+1", "n=1e3", "n=ten", "n=%D9%A1", "n=1%00"})
  void pageSizeThatIsNoNumberIsRefused(String query) {
    // When
    RegistryException refusal = refusal("/v2/a/b/tags/list", query);

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
    assertThat(refusal.explanation()).contains("is no number");
  }

  private static RegistryException refusal(String path, String query) {
    return catchThrowableOfType(
        RegistryException.class, () -> RegistryRequestParser.parse(path, query));
  }

  private static RequestedName named(String path) {
    return new RequestedName(Optional.empty(), path, false);
  }
}
