package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialMint;
import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.Secret;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A docker credential helper, which knows one credential, or none, for each registry. */
public final class DockerHelper implements CredentialMint {

  /** How long an answer is good where nothing else is said. */
  public static final Duration CACHE_DURATION = Duration.ofMinutes(5);

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PREFIX = "docker-credential-";
  private static final String DOCKER_HUB = "https://index.docker.io/v1/";
  private static final String IDENTITY_TOKEN_USER = "<token>";
  private static final String HOLDS_NOTHING = "credentials not found in native keychain";

  private final List<String> names;
  private final ProgramEnvironment environment;
  private final KeepTime keepTime;
  private final InstantSource clock;
  private final Set<RegistryHost> served = ConcurrentHashMap.newKeySet();

  private DockerHelper(
      List<String> names,
      List<EnvironmentVariable> env,
      Duration cacheDuration,
      InstantSource clock) {
    this.names = names;
    this.environment = new ProgramEnvironment(env);
    this.keepTime = KeepTime.of(cacheDuration);
    this.clock = clock;
  }

  /**
   * The helper that docker's configuration calls by this word: {@code ecr-login} is the program
   * {@code docker-credential-ecr-login} on the {@code PATH}.
   */
  public static DockerHelper called(
      String word, List<EnvironmentVariable> env, Duration cacheDuration, InstantSource clock) {
    return new DockerHelper(List.of(PREFIX + word), env, cacheDuration, clock);
  }

  /** The helper with this path, or on the {@code PATH} with this name or docker's word for it. */
  static DockerHelper at(
      String command, List<EnvironmentVariable> env, Duration cacheDuration, InstantSource clock) {
    // "pass" is the helper and not the password store's own program.
    List<String> names =
        command.contains("/") || command.startsWith(PREFIX)
            ? List.of(command)
            : List.of(PREFIX + command, command);
    return new DockerHelper(names, env, cacheDuration, clock);
  }

  @Override
  public String keyFor(RepositoryAddress repository) {
    return repository.registry().value();
  }

  /** What the helper holds for the registry; {@link Credential.Anonymous} if it holds nothing. */
  @Override
  public Minted<Credential> mint(RepositoryAddress repository) {
    Instant start = clock.instant();
    return keepTime.from(start, get(repository.registry()));
  }

  /** Where the program is now. */
  Path locate() {
    return names.stream()
        .flatMap(
            name ->
                name.contains("/")
                    ? Stream.of(Path.of(name).toAbsolutePath())
                        .filter(ProgramEnvironment::isProgram)
                    : environment.find(name).stream())
        .findFirst()
        .orElseThrow(
            () ->
                CredentialException.unavailable(
                    names.getFirst().contains("/")
                        ? "'" + names.getFirst() + "' is no executable file"
                        : names.getFirst() + " is not on the PATH"));
  }

  private Credential get(RegistryHost registry) {
    Path executable = locate();
    String shown = String.valueOf(executable.getFileName());
    Program program = new Program(shown, executable, List.of("get"), environment, Program.PATIENCE);
    String url = registry.equals(RegistryHost.DOCKER_HUB) ? DOCKER_HUB : registry.value();
    Program.Ended ended = program.run(url.getBytes(StandardCharsets.UTF_8));
    if (ended.exitCode() == 0) {
      Credential held = credential(shown, ended.output());
      served.add(registry);
      return held;
    }
    if (new String(ended.output(), StandardCharsets.UTF_8).strip().equals(HOLDS_NOTHING)) {
      return nothing(shown, registry);
    }
    throw CredentialException.unavailable(
        "%s ended with exit code %d".formatted(shown, ended.exitCode()));
  }

  /** Some helpers call every trouble so: what was there once is not given up for it. */
  private Credential nothing(String shown, RegistryHost registry) {
    if (served.contains(registry)) {
      throw CredentialException.unavailable(
          "%s holds nothing for %s any more, or could not get it".formatted(shown, registry));
    }
    return new Credential.Anonymous();
  }

  private static Credential credential(String shown, byte[] output) {
    String username = "";
    String secret = "";
    try {
      JsonNode root = JSON.readTree(output);
      username = root.path("Username").asString("");
      secret = root.path("Secret").asString("");
    } catch (JacksonException _) {
      // The exception quotes what it read.
    }
    if (secret.isEmpty()) {
      throw CredentialException.unavailable(
          shown + " answered with something that is no Username and Secret in JSON");
    }
    return username.equals(IDENTITY_TOKEN_USER)
        ? new Credential.IdentityToken(Secret.of(secret))
        : new Credential.Basic(username, Secret.of(secret));
  }
}
