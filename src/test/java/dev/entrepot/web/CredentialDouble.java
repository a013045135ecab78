package dev.entrepot.web;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.testing.ArtifactRegistry;
import dev.entrepot.testing.AwsSettings;
import dev.entrepot.testing.FakeAcr;
import dev.entrepot.testing.FakeEcr;
import dev.entrepot.testing.FakeEntra;
import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.FakeProgram;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.RegistryAuth;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Somebody who mints credentials, and a registry that takes them alone.
 *
 * @param properties what a rule says of it
 * @param due when a credential is to be renewed and not over yet
 * @param mints how many it has minted
 * @param revoke makes all it has minted so far worthless
 * @param fail makes it mint no more
 * @param guard what stands before the registry
 * @param end ends what was started for it
 */
record CredentialDouble(
    CredentialProperties properties,
    Duration due,
    LongSupplier mints,
    Runnable revoke,
    Runnable fail,
    Fault guard,
    Runnable end)
    implements AutoCloseable {

  private static final String KEY_ID = "AKIAEXAMPLE000000001";
  private static final String ACCOUNT = "puller@acme.iam.gserviceaccount.com";
  private static final Duration HOUR = Duration.ofHours(1);

  /** The registry guards itself. */
  private static final Fault OPEN = (request, normally) -> normally.apply(request);

  /** The types that mint. */
  static final List<String> TYPES =
      List.of("google", "ecr", "ecr-public", "azure", "exec", "helper");

  static CredentialDouble of(
      String type, FakeRegistry registry, MutableClock clock, Path directory) {
    return switch (type) {
      case "google" -> google(registry, clock, directory);
      case "ecr", "ecr-public" -> ecr(type, registry, clock, directory);
      case "azure" -> azure(registry, clock, directory);
      case "exec", "helper" -> program(type, registry, directory);
      default -> throw new IllegalArgumentException(type);
    };
  }

  private static CredentialDouble google(
      FakeRegistry registry, MutableClock clock, Path directory) {
    var google = FakeGoogle.start(clock);
    var key = file(directory, "key.json", google.keyOf(ACCOUNT));
    var guard = ArtifactRegistry.of(google).allow(ACCOUNT);
    return new CredentialDouble(
        new CredentialProperties.Google(key, null),
        HOUR.minusMinutes(4),
        () -> google.count(FakeGoogle.TOKEN),
        google::revokeAll,
        google::close,
        guard,
        google::close);
  }

  private static CredentialDouble ecr(
      String type, FakeRegistry registry, MutableClock clock, Path directory) {
    var settings = AwsSettings.in(directory);
    var aws = FakeEcr.start(clock).allow(KEY_ID, "secret");
    registry.protect(new RegistryAuth.Ecr(aws));
    var secret = file(directory, "aws-secret", "secret");
    URI api = aws.uri();
    return new CredentialDouble(
        type.equals("ecr")
            ? new CredentialProperties.Ecr(null, null, null, KEY_ID, secret, "eu-west-1", api)
            : new CredentialProperties.EcrPublic(null, null, null, KEY_ID, secret, api),
        Duration.ofHours(7),
        aws::tokenCalls,
        aws::revokeAll,
        aws::close,
        OPEN,
        () -> {
          aws.close();
          settings.close();
        });
  }

  private static CredentialDouble azure(FakeRegistry registry, MutableClock clock, Path directory) {
    var entra = FakeEntra.start(clock).allowSecret("client", "secret");
    var acr = FakeAcr.of(registry, entra, clock);
    return new CredentialDouble(
        new CredentialProperties.Azure(
            FakeEntra.TENANT, "client", file(directory, "secret", "secret"), null, entra.uri()),
        HOUR.minusMinutes(4),
        entra::calls,
        () -> {
          entra.revokeAll();
          acr.revokeRefreshTokens();
          acr.revokeAccessTokens();
        },
        entra::close,
        OPEN,
        entra::close);
  }

  private static CredentialDouble program(String type, FakeRegistry registry, Path directory) {
    boolean plugin = type.equals("exec");
    var program = FakeProgram.in(directory, plugin ? "plugin" : "docker-credential-test");
    var serial = new AtomicInteger();
    Runnable renew =
        () -> {
          var password = "password-" + serial.incrementAndGet();
          registry.protect(new RegistryAuth.Basic("robot", password));
          program.says(
              plugin
                  ? FakeProgram.pluginAnswer("Registry", "1h", "registry.test", "robot", password)
                  : FakeProgram.helperAnswer("robot", password));
        };
    renew.run();
    return new CredentialDouble(
        plugin
            ? new CredentialProperties.Exec(
                program.path(),
                List.of(),
                List.of(),
                "credentialprovider.kubelet.k8s.io/v1",
                null,
                null,
                Duration.ZERO)
            : new CredentialProperties.Helper(program.path().toString(), List.of(), HOUR),
        HOUR.minusMinutes(4),
        program::runs,
        renew,
        () -> program.fails(1, ""),
        OPEN,
        () -> {});
  }

  private static Path file(Path directory, String name, String content) {
    try {
      return Files.writeString(directory.resolve(name), content);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to write a secret but could not", broken);
    }
  }

  @Override
  public void close() {
    end.run();
  }
}
