package dev.entrepot.credentials.exec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import dev.entrepot.credentials.CredentialProperties.Helper;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.sources.CredentialSources;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.DetourProxy;
import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.MotoServer;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.NativeProgram;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestRule;
import dev.entrepot.testing.TestingProxy;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.StepVerifier;

/** Amazon's own docker credential helper, which is led to moto where it means to ask AWS. */
class EcrHelperIT {

  private static final String API = "api.ecr.eu-west-1.amazonaws.com";
  private static final String HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

  private final TestCertificates authority = TestCertificates.create();

  @TempDir private Path directory;

  @BeforeEach
  void require() {
    NativeProgram.require("docker-credential-ecr-login");
  }

  @Test
  void itsTokenOpensARegistryAndIsAskedForOnce() {
    // Given
    TestImage image = TestImage.create(1);
    try (MotoServer moto = MotoServer.start(directory);
        DetourProxy aws = DetourProxy.start(authority.issue(API), moto.uri())) {
      Helper helper = helper(aws.uri(), Map.of("AWS_ACCESS_KEY_ID", "AKIACANARY0000000002"));
      Credential.Basic minted = minted(helper);
      assertThat(minted.username()).isEqualTo("AWS");
      try (DockerRegistry registry =
              DockerRegistry.htpasswd(
                      directory, Optional.empty(), "AWS", minted.password().reveal())
                  .push(image, "team/app", "1.0");
          TestingProxy proxy =
              TestingProxy.in(directory)
                  .upstreams(TestRule.of(HOST, registry.uri()).credentials(helper).build())
                  .start()) {
        int before = aws.targets().size();
        // When
        ProbeAnswer manifest = get(proxy, "manifests/1.0");
        ProbeAnswer layer = get(proxy, "blobs/" + image.layers().getFirst().digest());
        // Then
        assertThat(manifest.status()).isEqualTo(200);
        assertThat(Hashing.digest(layer.body())).isEqualTo(image.layers().getFirst().digest());
        assertThat(aws.targets()).hasSize(before + 1).containsOnly(API + ":443");
      }
    }
  }

  /** It says of all trouble that it holds nothing, so the pull is tried without a credential. */
  @Test
  void withoutAnIdentityItHoldsNothing() {
    // Given
    CredentialSource source = source(helper(URI.create("http://127.0.0.1:1"), Map.of()));
    // Then
    StepVerifier.create(source.current(address()))
        .expectNext(new Credential.Anonymous())
        .expectComplete()
        .verify(Await.DEADLINE);
  }

  private static ProbeAnswer get(TestingProxy proxy, String what) {
    return HttpProbe.get(proxy.uri(), "/v2/team/app/%s?ns=%s".formatted(what, HOST));
  }

  private Helper helper(URI proxy, Map<String, String> identity) {
    String trusted = authority.writeAuthority(directory).toString();
    Map<String, String> variables = new HashMap<>(identity);
    variables.putAll(
        Map.of(
            "HOME", directory.toString(),
            "HTTPS_PROXY", proxy.toString(),
            "NO_PROXY", "",
            "no_proxy", "",
            "SSL_CERT_FILE", trusted,
            "AWS_CA_BUNDLE", trusted,
            "AWS_SECRET_ACCESS_KEY", "canary",
            "AWS_EC2_METADATA_DISABLED", "true",
            "AWS_ECR_DISABLE_CACHE", "true"));
    List<EnvironmentVariable> env =
        variables.entrySet().stream()
            .map(variable -> new EnvironmentVariable(variable.getKey(), variable.getValue()))
            .toList();
    return new Helper("ecr-login", env, DockerHelper.CACHE_DURATION);
  }

  private static Credential.Basic minted(Helper helper) {
    return source(helper)
        .current(address())
        .cast(Credential.Basic.class)
        .blockOptional(Await.DEADLINE)
        .orElseThrow();
  }

  private static CredentialSource source(Helper helper) {
    return CredentialSources.of(
        helper,
        new CredentialContext(
            HOST, MutableClock.create(), Meters.unread(), ProxySelector.getDefault()));
  }

  private static RepositoryAddress address() {
    return new RepositoryAddress(new RegistryHost(HOST), new RepositoryName("team/app"));
  }
}
