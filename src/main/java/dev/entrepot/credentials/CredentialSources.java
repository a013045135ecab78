package dev.entrepot.credentials;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RepositoryAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Makes the source that an upstream's settings ask for. */
public final class CredentialSources {

  private CredentialSources() {}

  /**
   * Reads the files the settings name; fails with {@link IllegalArgumentException} if one of them
   * cannot be used.
   */
  public static CredentialSource of(
      CredentialProperties properties, InstantSource clock, Meters meters) {
    return switch (properties.kind()) {
      case ANONYMOUS -> new FixedCredentialSource(new Credential.Anonymous());
      case BASIC -> basic(properties, clock, meters);
      case BEARER ->
          new FileCredentialSource(
              new WatchedFile<>(
                  "credentials.token-file",
                  set(properties.tokenFile()),
                  content -> new Credential.Bearer(text(content, "token")),
                  clock,
                  meters));
      case DOCKER_CONFIG -> new DockerConfigCredentialSource(set(properties.file()), clock, meters);
    };
  }

  private static CredentialSource basic(
      CredentialProperties properties, InstantSource clock, Meters meters) {
    String username = set(properties.username());
    Path passwordFile = properties.passwordFile();
    if (passwordFile == null) {
      return new FixedCredentialSource(new Credential.Basic(username, set(properties.password())));
    }
    Function<byte[], Credential> parser =
        content -> new Credential.Basic(username, text(content, "password"));
    return new FileCredentialSource(
        new WatchedFile<>("credentials.password-file", passwordFile, parser, clock, meters));
  }

  /** The properties' constructor has seen to it that the type's keys are there. */
  private static <T> T set(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  /** A file's one line, without the line end that editors add. */
  private static Secret text(byte[] content, String what) {
    String text = new String(content, StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException("it holds no " + what);
    }
    if (text.chars().anyMatch(c -> c < ' ')) {
      throw new IllegalArgumentException("it holds more than one line");
    }
    return Secret.of(text);
  }

  private record FixedCredentialSource(Credential credential) implements CredentialSource {
    @Override
    public Mono<Credential> current(RepositoryAddress repository) {
      return Mono.just(credential);
    }

    @Override
    public void refused(Credential refused) {
      // There is no other.
    }
  }

  private record FileCredentialSource(WatchedFile<? extends Credential> file)
      implements CredentialSource {
    @Override
    public Mono<Credential> current(RepositoryAddress repository) {
      return file.current().cast(Credential.class);
    }

    @Override
    public void refused(Credential refused) {
      file.doubt();
    }
  }
}
