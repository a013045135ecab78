package dev.entrepot.credentials.google;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.MintingSource;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.MutableClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProxySelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.test.StepVerifier;

/**
 * A machine with a file system, an environment and Google's servers, and a source on it. Whatever
 * is secret there contains the word canary, or the lines of a private key.
 */
final class TestGoogle implements AutoCloseable {

  static final Duration SOON = Duration.ofSeconds(20);
  static final String PULLER = "puller@acme.iam.gserviceaccount.com";
  static final String READER = "reader@acme.iam.gserviceaccount.com";
  static final RepositoryAddress REPOSITORY =
      new RepositoryAddress(
          new RegistryHost("europe-docker.pkg.dev"), new RepositoryName("acme/team/app"));

  final MutableClock clock = MutableClock.create();
  final FakeGoogle servers = FakeGoogle.start(clock);
  final Map<String, String> environment = new HashMap<>();
  final Path directory;
  final Path login;

  private final LoggedText logged = new LoggedText();
  private @Nullable MintingSource source;

  TestGoogle(Path directory) {
    this.directory = directory;
    this.login = directory.resolve("application_default_credentials.json");
  }

  /** A key file of {@link #PULLER}, and a source that uses it. */
  Path usingKey() {
    Path file = write("key.json", servers.keyOf(PULLER));
    using(file, null);
    return file;
  }

  void using(@Nullable Path keyFile, @Nullable String impersonate) {
    CredentialContext context =
        new CredentialContext("**.pkg.dev", clock, Meters.unread(), ProxySelector.of(null));
    source =
        new MintingSource(
            new GoogleMint(
                new CredentialProperties.Google(keyFile, impersonate),
                context,
                environment,
                login,
                servers::route),
            context);
  }

  MintingSource source() {
    if (source == null) {
      throw new IllegalStateException("first say what to use");
    }
    return source;
  }

  Path write(String name, String content) {
    try {
      return Files.writeString(directory.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The token that is used now. */
  String token() {
    AtomicReference<String> token = new AtomicReference<>("");
    StepVerifier.create(source().current(REPOSITORY))
        .consumeNextWith(
            credential -> {
              assertThat(credential).isInstanceOf(Credential.Bearer.class);
              assertThat(credential.toString()).doesNotContain("canary");
              token.set(((Credential.Bearer) credential).token().reveal());
            })
        .expectComplete()
        .verify(SOON);
    return token.get();
  }

  /** Whose token is used now. */
  String holder() {
    return servers.holderOf(token()).orElse("nobody");
  }

  /** Why there is no token now. */
  CredentialException failure() {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    StepVerifier.create(source().current(REPOSITORY))
        .expectErrorSatisfies(failure::set)
        .verify(SOON);
    if (failure.get() instanceof CredentialException known) {
      assertThat(known).hasMessageNotContaining("canary").hasMessageNotContaining("PRIVATE KEY");
      return known;
    }
    throw new AssertionError("expected a CredentialException but got " + failure.get());
  }

  /** Nothing secret was logged in the meantime. */
  @Override
  public void close() {
    servers.close();
    logged.close();
    assertThat(logged.lines()).noneMatch(line -> line.contains("canary"));
    assertThat(logged.lines()).noneMatch(line -> line.contains("PRIVATE KEY"));
  }
}
