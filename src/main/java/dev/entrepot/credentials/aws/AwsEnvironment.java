package dev.entrepot.credentials.aws;

import dev.entrepot.credentials.CredentialException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.springframework.core.NestedExceptionUtils;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.InstanceProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileLocation;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * The credentials that the environment provides, looked for where and in the order the SDK's
 * default chain does. Other than there, a web identity or container that is set up but does not
 * work is the answer: going on would silently make a pod its node, and hide why.
 */
final class AwsEnvironment {

  private final AwsClients clients;

  AwsEnvironment(AwsClients clients) {
    this.clients = clients;
  }

  /** Every client of the SDK reads the shared configuration, whether it needs it or not. */
  static void check() {
    try {
      ProfileFile.defaultProfileFile();
    } catch (IllegalArgumentException | UncheckedIOException _) {
      throw CredentialException.denied(
          "the AWS configuration in '%s' or '%s' is malformed"
              .formatted(
                  ProfileFileLocation.configurationFilePath(),
                  ProfileFileLocation.credentialsFilePath()));
    }
  }

  /** Looks in every place. */
  AwsCredentials credentials(AwsPlace place) {
    if (setting(SdkSystemSetting.AWS_ACCESS_KEY_ID).isPresent()) {
      return variables();
    }
    Optional<String> webIdentity = setting(SdkSystemSetting.AWS_WEB_IDENTITY_TOKEN_FILE);
    if (webIdentity.isPresent()) {
      return webIdentity(Path.of(webIdentity.get()), place);
    }
    Optional<AwsCredentials> profile = defaultProfile();
    if (profile.isPresent()) {
      return profile.get();
    }
    if (setting(SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_FULL_URI).isPresent()
        || setting(SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI).isPresent()) {
      return container();
    }
    return instance();
  }

  /** Looks in this profile of the shared AWS configuration. */
  AwsCredentials profile(String name) {
    return asked(ProfileCredentialsProvider.builder().profileName(name).build(), name)
        .orElseThrow(
            () ->
                CredentialException.denied(
                    "profile '%s' of the AWS configuration is missing or gives no credentials"
                        .formatted(name)));
  }

  /** Many a profile only names a region. */
  private static Optional<AwsCredentials> defaultProfile() {
    return asked(
        ProfileCredentialsProvider.create(),
        ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow());
  }

  /** A profile may name a role or a login, for which AWS is asked. */
  private static Optional<AwsCredentials> asked(ProfileCredentialsProvider provider, String name) {
    AwsCall call =
        new AwsCall(
            "AWS for profile '%s'".formatted(name),
            "sts:AssumeRole",
            Optional.empty(),
            Optional.empty());
    try (provider) {
      return call.result(
          () -> {
            try {
              return Optional.of(provider.resolveCredentials());
            } catch (SdkClientException e) {
              if (NestedExceptionUtils.getMostSpecificCause(e) instanceof IOException) {
                throw e;
              }
              return Optional.empty();
            } catch (IllegalArgumentException | IllegalStateException | UncheckedIOException _) {
              return Optional.empty();
            }
          });
    }
  }

  private static AwsCredentials variables() {
    try (AwsCredentialsProviderChain chain =
        AwsCredentialsProviderChain.of(
            SystemPropertyCredentialsProvider.create(),
            EnvironmentVariableCredentialsProvider.create())) {
      return chain.resolveCredentials();
    } catch (SdkClientException _) {
      throw CredentialException.denied("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY");
    }
  }

  private AwsCredentials webIdentity(Path file, AwsPlace place) {
    String role =
        setting(SdkSystemSetting.AWS_ROLE_ARN)
            .orElseThrow(
                () ->
                    CredentialException.denied(
                        "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN"));
    String token = read(file);
    AwsCall call =
        new AwsCall(
            "the STS API of " + place.tokenService(),
            "sts:AssumeRoleWithWebIdentity",
            Optional.of(role),
            Optional.empty());
    try (StsClient sts = clients.unsignedSts(place)) {
      return AwsIdentity.session(
          call.result(
              () ->
                  sts.assumeRoleWithWebIdentity(
                          one ->
                              one.roleArn(role)
                                  .roleSessionName(
                                      setting(SdkSystemSetting.AWS_ROLE_SESSION_NAME)
                                          .orElse(AwsIdentity.SESSION))
                                  .webIdentityToken(token))
                      .credentials()));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw CredentialException.unavailable(
          "the web identity token '%s' cannot be read (%s)"
              .formatted(file, e.getClass().getSimpleName()));
    }
  }

  private static AwsCredentials container() {
    AwsCall call =
        new AwsCall("the container's credentials endpoint", "", Optional.empty(), Optional.empty());
    try (ContainerCredentialsProvider container = ContainerCredentialsProvider.create()) {
      return call.result(container::resolveCredentials);
    }
  }

  /** Whether there is such a service at all cannot be told from its trouble. */
  private static AwsCredentials instance() {
    try (InstanceProfileCredentialsProvider instance =
        InstanceProfileCredentialsProvider.create()) {
      return instance.resolveCredentials();
    } catch (SdkClientException _) {
      throw CredentialException.unavailable(
          "no AWS credentials were found (looked in environment, web identity, profile, container, instance metadata)");
    }
  }

  private static Optional<String> setting(SdkSystemSetting setting) {
    return setting.getStringValue().map(String::trim).filter(value -> !value.isEmpty());
  }
}
