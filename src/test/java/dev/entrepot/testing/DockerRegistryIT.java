package dev.entrepot.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DockerRegistryIT {

  private static final TestIndex INDEX = TestIndex.create(3);
  private static final String MANIFEST = "/v2/team/app/manifests/v1";
  private static final String ACCEPT = "Accept: " + INDEX.manifest().mediaType();

  @TempDir private Path directory;

  @Test
  void openRegistryServesWhatWasPushed() {
    // Given
    try (var registry = DockerRegistry.open(directory).push(INDEX, "team/app", "v1")) {
      // When
      var answer = HttpProbe.get(registry.uri(), MANIFEST, ACCEPT);
      // Then
      assertThat(Hashing.digest(answer.body())).isEqualTo(INDEX.manifest().digest());
    }
  }

  @Test
  void htpasswdRegistryWantsBasicOverTls() {
    // Given
    var authority = TestCertificates.create();
    var tls = Optional.of(new DockerRegistry.Tls(authority, authority.local()));
    try (var registry =
            DockerRegistry.htpasswd(directory, tls, "user", "pa$$ wörd")
                .push(INDEX, "team/app", "v1");
        var probe = HttpProbe.connect(registry.uri(), authority.trust(), "127.0.0.1")) {
      // When
      var stranger = probe.exchange("GET", MANIFEST, ACCEPT);
      var user =
          probe.exchange(
              "GET",
              MANIFEST,
              ACCEPT,
              "Authorization: " + RegistryGuard.basic("user", "pa$$ wörd"));
      // Then
      assertThat(stranger.header("WWW-Authenticate")).hasValue("Basic realm=\"basic-realm\"");
      assertThat(user.status()).isEqualTo(200);
    }
  }

  @Test
  void tokenRegistryBelievesOurTokens() {
    // Given
    var authority = TestCertificates.create();
    try (var tokens =
            FakeTokenServer.start(InstantSource.system())
                .format(new JwtFormat(authority.rsa("token server")));
        var registry =
            DockerRegistry.token(directory, Optional.empty(), tokens, authority)
                .push(INDEX, "team/app", "v1")) {
      // When
      var stranger = HttpProbe.get(registry.uri(), MANIFEST, ACCEPT);
      var allowed = getWith(registry, tokens.mint("repository:team/app:pull"));
      var elsewhere = getWith(registry, tokens.mint("repository:team/other:pull"));
      // Then
      assertThat(stranger.header("WWW-Authenticate").orElseThrow())
          .startsWith("Bearer realm=\"" + tokens.realm() + "\",service=\"fake-registry\"");
      assertThat(allowed.status()).isEqualTo(200);
      assertThat(elsewhere.header("WWW-Authenticate").orElseThrow()).contains("insufficient_scope");
    }
  }

  private static ProbeAnswer getWith(DockerRegistry registry, String token) {
    return HttpProbe.get(registry.uri(), MANIFEST, ACCEPT, "Authorization: Bearer " + token);
  }
}
