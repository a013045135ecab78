package dev.entrepot.credentials;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings under an upstream's {@code credentials}, one record for each {@code type}: {@link
 * EcrPublic} is {@code ecr-public}, and its components are the keys that type reads. {@link
 * CredentialBinding} picks the record.
 *
 * <p>A key that is written without a value counts as absent.
 */
public sealed interface CredentialProperties {

  /** The word for it in the configuration. */
  default String type() {
    return wordFor(getClass());
  }

  /** Whether nothing secret is ever sent. */
  default boolean isAnonymous() {
    return this instanceof Anonymous;
  }

  /**
   * Whether one can be made without knowing for which registry of a pattern. Programs and files are
   * asked for a registry's own.
   */
  default boolean isMintedForAnyRegistry() {
    return switch (this) {
      case Basic _, Bearer _, Google _, Ecr _, EcrPublic _, Azure _ -> true;
      case Anonymous _, DockerConfig _, Exec _, Helper _ -> false;
    };
  }

  /** No credential at all. */
  static CredentialProperties anonymous() {
    return new Anonymous();
  }

  /** A user and the password that stands in the configuration itself. */
  static CredentialProperties basic(String username, String password) {
    return new Basic(username, Secret.of(password), null);
  }

  /** The record of each type, by the configuration's word for it. */
  static Optional<Class<? extends CredentialProperties>> named(String word) {
    String canonical = word.trim().toLowerCase(Locale.ROOT).replace('_', '-');
    return types().filter(type -> wordFor(type).equals(canonical)).findFirst();
  }

  /** The words for all types. */
  static List<String> words() {
    return types().map(CredentialProperties::wordFor).toList();
  }

  /** The records of all types. */
  static Stream<Class<? extends CredentialProperties>> types() {
    return Arrays.stream(CredentialProperties.class.getPermittedSubclasses())
        .map(type -> type.asSubclass(CredentialProperties.class));
  }

  /** The configuration's word for a record. */
  static String wordFor(Class<?> type) {
    return type.getSimpleName().replaceAll("(?<=.)(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  /** Nothing is shown to the upstream. */
  record Anonymous() implements CredentialProperties {}

  /**
   * A user and a password, or what a registry wants in their place.
   *
   * @param password unless there is a password-file
   * @param passwordFile holds the password alone and is read again when it changes
   */
  record Basic(String username, @Nullable Secret password, @Nullable Path passwordFile)
      implements CredentialProperties {
    public Basic {
      username = Checks.required("basic", "username", username);
      password = password == null || password.isEmpty() ? null : password;
      passwordFile = Checks.absentIfBlank(passwordFile);
      if ((password == null) == (passwordFile == null)) {
        throw new IllegalArgumentException(
            "credentials.type 'basic' of user '%s' needs exactly one of credentials.password and credentials.password-file, but has %s."
                .formatted(username, password == null ? "neither" : "both"));
      }
    }
  }

  /**
   * A token that the registry takes as it is.
   *
   * @param tokenFile holds the token alone and is read again when it changes
   */
  record Bearer(Path tokenFile) implements CredentialProperties {
    public Bearer {
      tokenFile = Checks.required("bearer", "token-file", tokenFile);
    }
  }

  /**
   * What docker's own configuration says.
   *
   * @param file a {@code config.json}, a mounted {@code dockerconfigjson} secret, or the directory
   *     that holds one; read again when it changes
   */
  record DockerConfig(Path file) implements CredentialProperties {
    public DockerConfig {
      file = Checks.required("docker-config", "file", file);
    }
  }

  /**
   * Access tokens of a Google identity, for Artifact Registry and {@code gcr.io}.
   *
   * @param keyFile a service account's key or any other credential configuration, as JSON or base64
   *     of it, read again when it changes; absent: application default credentials, then the
   *     metadata server
   * @param impersonate the service account to act as
   */
  record Google(@Nullable Path keyFile, @Nullable String impersonate)
      implements CredentialProperties {
    public Google {
      keyFile = Checks.absentIfBlank(keyFile);
      impersonate = Checks.absentIfBlank(impersonate);
      // It becomes part of a URL.
      if (impersonate != null && !impersonate.matches("[\\w.+-]+@[\\w.-]+")) {
        throw new IllegalArgumentException(
            "credentials.impersonate of type 'google' is '%s'; write a service account such as 'puller@project.iam.gserviceaccount.com'."
                .formatted(impersonate));
      }
    }
  }

  /** What all types of Amazon's are told of the identity. */
  interface AwsCaller {

    /** Of the shared AWS configuration. */
    @Nullable String profile();

    /** The role to assume. */
    @Nullable String roleArn();

    /** What the role's trust policy asks for, if it does. */
    @Nullable String externalId();

    /** Of a static key. */
    @Nullable String accessKeyId();

    /** Holds that key's secret alone and is read again when it changes. */
    @Nullable Path secretAccessKeyFile();
  }

  /**
   * Authorization tokens of Amazon ECR; account and region are in the registry's name. Without a
   * profile or a key the default chain of the AWS SDK is used.
   *
   * @param profile of the shared AWS configuration
   * @param roleArn the role to assume
   * @param externalId what the role's trust policy asks for, if it does
   * @param accessKeyId of a static key
   * @param secretAccessKeyFile holds that key's secret alone and is read again when it changes
   * @param region where tokens are minted; absent: the registry's own
   * @param endpoint of the ECR API; absent: the region's own
   */
  record Ecr(
      @Nullable String profile,
      @Nullable String roleArn,
      @Nullable String externalId,
      @Nullable String accessKeyId,
      @Nullable Path secretAccessKeyFile,
      @Nullable String region,
      @Nullable URI endpoint)
      implements CredentialProperties, AwsCaller {
    public Ecr {
      profile = Checks.absentIfBlank(profile);
      roleArn = Checks.absentIfBlank(roleArn);
      externalId = Checks.absentIfBlank(externalId);
      accessKeyId = Checks.absentIfBlank(accessKeyId);
      secretAccessKeyFile = Checks.absentIfBlank(secretAccessKeyFile);
      region = Checks.absentIfBlank(region);
      endpoint = Checks.url("ecr", "endpoint", endpoint);
      Checks.refuseContradiction("ecr", profile, accessKeyId, externalId, roleArn);
      Checks.together(
          "ecr", "access-key-id", accessKeyId, "secret-access-key-file", secretAccessKeyFile);
    }
  }

  /** Authorization tokens of Amazon ECR Public; the keys mean what they mean for {@link Ecr}. */
  record EcrPublic(
      @Nullable String profile,
      @Nullable String roleArn,
      @Nullable String externalId,
      @Nullable String accessKeyId,
      @Nullable Path secretAccessKeyFile,
      @Nullable URI endpoint)
      implements CredentialProperties, AwsCaller {
    public EcrPublic {
      profile = Checks.absentIfBlank(profile);
      roleArn = Checks.absentIfBlank(roleArn);
      externalId = Checks.absentIfBlank(externalId);
      accessKeyId = Checks.absentIfBlank(accessKeyId);
      secretAccessKeyFile = Checks.absentIfBlank(secretAccessKeyFile);
      endpoint = Checks.url("ecr-public", "endpoint", endpoint);
      Checks.refuseContradiction("ecr-public", profile, accessKeyId, externalId, roleArn);
      Checks.together(
          "ecr-public",
          "access-key-id",
          accessKeyId,
          "secret-access-key-file",
          secretAccessKeyFile);
    }
  }

  /**
   * An Entra identity, for Azure Container Registry: a service principal with a client secret, a
   * workload identity with a federated token, or a managed identity.
   *
   * @param tenantId absent: {@code AZURE_TENANT_ID}
   * @param clientId absent: {@code AZURE_CLIENT_ID}; of a managed identity, which one
   * @param clientSecretFile holds the secret alone and is read again when it changes
   * @param federatedTokenFile absent: {@code AZURE_FEDERATED_TOKEN_FILE}
   * @param authority who issues tokens; absent: {@code AZURE_AUTHORITY_HOST}, then the public
   *     cloud's
   */
  record Azure(
      @Nullable String tenantId,
      @Nullable String clientId,
      @Nullable Path clientSecretFile,
      @Nullable Path federatedTokenFile,
      @Nullable URI authority)
      implements CredentialProperties {
    public Azure {
      tenantId = Checks.absentIfBlank(tenantId);
      clientId = Checks.absentIfBlank(clientId);
      clientSecretFile = Checks.absentIfBlank(clientSecretFile);
      federatedTokenFile = Checks.absentIfBlank(federatedTokenFile);
      authority = Checks.url("azure", "authority", authority);
      if (clientSecretFile != null && federatedTokenFile != null) {
        throw new IllegalArgumentException(
            "credentials.type 'azure' has both credentials.client-secret-file and credentials.federated-token-file; set one of them.");
      }
    }
  }

  /**
   * A kubelet credential-provider plugin, or a kubelet's own configuration of such plugins.
   *
   * @param command the plugin's executable
   * @param env for the plugin; with a config for all its plugins, whose own variables win
   * @param apiVersion which version of the protocol is spoken with it
   * @param config a kubelet's {@code CredentialProviderConfig}, read again when it changes
   * @param binDirectory where the plugins that the config names are
   * @param cacheDuration how long an answer is good that does not say it itself
   */
  record Exec(
      @Nullable Path command,
      @DefaultValue List<String> args,
      @DefaultValue List<EnvironmentVariable> env,
      @DefaultValue("credentialprovider.kubelet.k8s.io/v1") String apiVersion,
      @Nullable Path config,
      @Nullable Path binDirectory,
      @DefaultValue("0s") Duration cacheDuration)
      implements CredentialProperties {
    public Exec {
      command = Checks.absentIfBlank(command);
      args = List.copyOf(args);
      env = List.copyOf(env);
      config = Checks.absentIfBlank(config);
      binDirectory = Checks.absentIfBlank(binDirectory);
      if ((command == null) == (config == null)) {
        throw new IllegalArgumentException(
            "credentials.type 'exec' needs exactly one of credentials.command and credentials.config, but has %s."
                .formatted(command == null ? "neither" : "both"));
      }
      Checks.together("exec", "config", config, "bin-directory", binDirectory);
      if (config != null && !args.isEmpty()) {
        throw new IllegalArgumentException(
            "credentials.args is set beside credentials.config, whose providers have args of their own; remove it.");
      }
    }
  }

  /**
   * A docker credential helper.
   *
   * @param command the helper's executable, or its name on the {@code PATH}
   * @param cacheDuration how long an answer is good; a refusal by the registry ends it sooner
   */
  record Helper(
      String command,
      @DefaultValue List<EnvironmentVariable> env,
      @DefaultValue("5m") Duration cacheDuration)
      implements CredentialProperties {
    public Helper {
      command = Checks.required("helper", "command", command);
      env = List.copyOf(env);
    }
  }

  /** One variable that a program is started with. The value may be a secret. */
  record EnvironmentVariable(String name, String value) {
    @SuppressWarnings({"NullAway", "ConstantConditions"}) // the binder hands null for a missing key
    public EnvironmentVariable {
      if (name == null || name.isBlank()) {
        throw new IllegalArgumentException("an entry of credentials.env has no name; give it one.");
      }
      value = value == null ? "" : value;
    }

    @Override
    public String toString() {
      return name + "=[secret]";
    }
  }
}
