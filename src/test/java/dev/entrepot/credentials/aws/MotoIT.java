package dev.entrepot.credentials.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialProperties.Ecr;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.MintingSource;
import dev.entrepot.metrics.Meters;
import dev.entrepot.testing.AwsSettings;
import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.MotoServer;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestRule;
import dev.entrepot.testing.TestingProxy;
import java.io.IOException;
import java.net.ProxySelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The SDK against an AWS that others wrote, and a real registry that takes what it makes. */
class MotoIT {

  private static final String ROLE = "arn:aws:iam::123456789012:role/puller";

  @TempDir private static Path shared;
  private static @Nullable MotoServer moto;

  @TempDir private Path directory;
  private final MutableClock clock = MutableClock.create();
  private AwsSettings settings;
  private Path secret;

  @BeforeAll
  static void startMoto() {
    moto = MotoServer.start(shared);
  }

  @AfterAll
  static void stopMoto() {
    if (moto != null) {
      moto.close();
    }
  }

  @BeforeEach
  void prepare() throws IOException {
    settings = AwsSettings.in(directory).sts(moto().uri());
    secret = Files.writeString(directory.resolve("secret"), "canary-secret");
  }

  @AfterEach
  void restore() {
    settings.close();
  }

  @Test
  void aTokenIsMadeWithAKey() {
    assertThat(password(source(withKey(null)))).isEqualTo("123456789012-auth-token");
  }

  @Test
  void aTokenIsMadeWithARole() {
    assertThat(password(source(withKey(ROLE)))).contains("-auth-token");
    assertThat(moto().log()).contains("POST / HTTP/1.1");
  }

  /** IRSA. */
  @Test
  void aTokenIsMadeWithAWebIdentity() throws IOException {
    // Given
    Path token = Files.writeString(directory.resolve("web-identity"), "canary-token");
    settings
        .set("aws.webIdentityTokenFile", token.toString())
        .set("aws.roleArn", ROLE)
        .set("aws.roleSessionName", "pod");
    // Then
    assertThat(password(source(new Ecr(null, null, null, null, null, null, moto().uri()))))
        .contains("-auth-token");
  }

  /** Its tokens are long over when they are made. */
  @Test
  void aTokenThatSaysItHasEndedIsNotMadeAtEveryPull() {
    // Given
    CredentialSource source = source(withKey(null));
    Credential first = AwsUnderTest.current(source);
    long before = tokenCalls();
    clock.advance(Duration.ofSeconds(29));
    // When
    Credential second = AwsUnderTest.current(source);
    // Then
    assertThat(second).isSameAs(first);
    assertThat(tokenCalls()).isEqualTo(before);
  }

  @Test
  void anImageIsPulledFromARegistryThatTakesTheToken() {
    // Given
    TestImage image = TestImage.create(1);
    String password = password(source(withKey(null)));
    try (DockerRegistry registry =
            DockerRegistry.htpasswd(directory, Optional.empty(), "AWS", password)
                .push(image, "team/app", "1.0");
        TestingProxy proxy =
            TestingProxy.in(directory)
                .upstreams(
                    TestRule.of(AwsUnderTest.HOST, registry.uri())
                        .credentials(withKey(null))
                        .build())
                .start()) {
      // When
      ProbeAnswer manifest = get(proxy, "manifests/1.0");
      ProbeAnswer layer = get(proxy, "blobs/" + image.layers().getFirst().digest());
      // Then
      assertThat(manifest.status()).isEqualTo(200);
      assertThat(layer.status()).isEqualTo(200);
      assertThat(Hashing.digest(layer.body())).isEqualTo(image.layers().getFirst().digest());
      assertThat(HttpProbe.get(registry.uri(), "/v2/team/app/manifests/1.0").status())
          .isEqualTo(401);
    }
  }

  private static ProbeAnswer get(TestingProxy proxy, String what) {
    return HttpProbe.get(proxy.uri(), "/v2/team/app/%s?ns=%s".formatted(what, AwsUnderTest.HOST));
  }

  private static long tokenCalls() {
    return moto().log().lines().filter(line -> line.contains("POST / HTTP")).count();
  }

  private Ecr withKey(@Nullable String role) {
    return new Ecr(null, role, null, "AKIACANARY0000000001", secret, null, moto().uri());
  }

  private CredentialSource source(Ecr properties) {
    CredentialContext context =
        new CredentialContext("ecr", clock, Meters.unread(), ProxySelector.getDefault());
    return new MintingSource(new EcrMint(properties, context), context);
  }

  private static String password(CredentialSource source) {
    return AwsUnderTest.password(AwsUnderTest.current(source));
  }

  private static MotoServer moto() {
    if (moto == null) {
      throw new IllegalStateException("moto has not been started");
    }
    return moto;
  }
}
