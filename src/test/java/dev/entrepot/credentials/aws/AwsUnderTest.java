package dev.entrepot.credentials.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties.Ecr;
import dev.entrepot.credentials.CredentialProperties.EcrPublic;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.MintingSource;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.AwsSettings;
import dev.entrepot.testing.FakeEcr;
import dev.entrepot.testing.MutableClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.test.StepVerifier;

/** Sources that ask a fake AWS, and nothing else in reach that could give them credentials. */
final class AwsUnderTest implements AutoCloseable {

  static final String HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
  static final String KEY_ID = "AKIACANARY0000000001";
  static final String SECRET = "canary/secret+access/key";
  static final String ROLE = "arn:aws:iam::123456789012:role/puller";
  static final Duration SOON = Duration.ofSeconds(20);

  final MutableClock clock = MutableClock.create();
  final FakeEcr aws = FakeEcr.start(clock).allow(KEY_ID, SECRET);
  final AwsSettings settings;
  final Path secretFile;

  private ProxySelector proxies = ProxySelector.getDefault();

  AwsUnderTest(Path directory) {
    settings = AwsSettings.in(directory).sts(aws.uri());
    secretFile = directory.resolve("secret");
    writeSecret(SECRET);
  }

  void writeSecret(String secret) {
    try {
      Files.writeString(secretFile, secret + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  AwsUnderTest through(ProxySelector other) {
    proxies = other;
    return this;
  }

  /** With a static key. */
  CredentialSource withKey() {
    return ecr(null, null, null, true, null, aws.uri());
  }

  /** With a static key and a role. */
  CredentialSource withRole(String roleArn, @Nullable String externalId) {
    return ecr(null, roleArn, externalId, true, null, aws.uri());
  }

  /** With what the environment provides. */
  CredentialSource withEnvironment() {
    return ecr(null, null, null, false, null, aws.uri());
  }

  CredentialSource withProfile(String name) {
    return ecr(name, null, null, false, null, aws.uri());
  }

  CredentialSource ecr(
      @Nullable String profile,
      @Nullable String roleArn,
      @Nullable String externalId,
      boolean key,
      @Nullable String region,
      @Nullable URI endpoint) {
    return new MintingSource(
        new EcrMint(
            new Ecr(
                profile,
                roleArn,
                externalId,
                key ? KEY_ID : null,
                key ? secretFile : null,
                region,
                endpoint),
            context()),
        context());
  }

  CredentialSource ecrPublic() {
    return new MintingSource(
        new EcrPublicMint(
            new EcrPublic(null, null, null, KEY_ID, secretFile, aws.uri()), context()),
        context());
  }

  static RepositoryAddress repository(String host) {
    return new RepositoryAddress(new RegistryHost(host), new RepositoryName("team/app"));
  }

  /** The credential for the usual registry. */
  static Credential current(CredentialSource source) {
    return current(source, HOST);
  }

  static Credential current(CredentialSource source, String host) {
    AtomicReference<Credential> got = new AtomicReference<>(new Credential.Anonymous());
    StepVerifier.create(source.current(repository(host)))
        .consumeNextWith(got::set)
        .expectComplete()
        .verify(SOON);
    return got.get();
  }

  /** The password, as a registry is shown it. */
  static String password(Credential credential) {
    return credential instanceof Credential.Basic basic ? basic.password().reveal() : "";
  }

  static void expectDenied(CredentialSource source, String sentence) {
    expectFailure(source, HOST, sentence, true);
  }

  static void expectUnavailable(CredentialSource source, String sentence) {
    expectFailure(source, HOST, sentence, false);
  }

  static void expectFailure(CredentialSource source, String host, String sentence, boolean denied) {
    StepVerifier.create(source.current(repository(host)))
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .isInstanceOfSatisfying(
                        CredentialException.class,
                        no -> {
                          assertThat(no).hasMessage(sentence);
                          assertThat(no.isDenied()).isEqualTo(denied);
                        }))
        .verify(Duration.ofSeconds(10));
  }

  @Override
  public void close() {
    settings.close();
    aws.close();
  }

  private CredentialContext context() {
    return new CredentialContext("*.dkr.ecr.**", clock, Meters.unread(), proxies);
  }
}
