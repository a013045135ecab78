package dev.entrepot.credentials.aws;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialProperties.AwsCaller;
import dev.entrepot.credentials.Secret;
import dev.entrepot.credentials.WatchedFile;
import java.nio.file.Path;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/** Who a rule is at AWS: what it starts from, and the role it takes on from there. */
final class AwsIdentity {

  /** What sessions are called in AWS's audit log. */
  static final String SESSION = "entrepot";

  private final Optional<String> profile;
  private final Optional<StaticKey> key;
  private final Optional<Role> role;
  private final AwsClients clients;

  private AwsIdentity(
      Optional<String> profile, Optional<StaticKey> key, Optional<Role> role, AwsClients clients) {
    this.profile = profile;
    this.key = key;
    this.role = role;
    this.clients = clients;
  }

  /** Reads the key's file; everything else is looked at when it is needed. */
  static AwsIdentity of(AwsCaller settings, CredentialContext context) {
    String accessKeyId = settings.accessKeyId();
    Path secretAccessKeyFile = settings.secretAccessKeyFile();
    Optional<StaticKey> key =
        accessKeyId == null || secretAccessKeyFile == null
            ? Optional.empty()
            : Optional.of(StaticKey.of(accessKeyId, secretAccessKeyFile, context));
    Optional<Role> role =
        Optional.ofNullable(settings.roleArn())
            .map(arn -> new Role(arn, Optional.ofNullable(settings.externalId())));
    return new AwsIdentity(
        Optional.ofNullable(settings.profile()), key, role, new AwsClients(context.proxies()));
  }

  /** The key's file, if there is one. */
  Optional<WatchedFile<?>> file() {
    return key.map(StaticKey::secret);
  }

  /** Changes when the key does. */
  String fingerprint() {
    return key.map(one -> new Credential.Basic(one.id(), one.secret().latest()).fingerprint())
        .orElse("");
  }

  AwsClients clients() {
    return clients;
  }

  /** Asks whoever has to be asked. */
  AwsCredentials credentials(AwsPlace place) {
    AwsEnvironment.check();
    AwsCredentials own = start(place);
    return role.map(one -> assume(one, own, place)).orElse(own);
  }

  private AwsCredentials start(AwsPlace place) {
    if (key.isPresent()) {
      return AwsBasicCredentials.create(key.get().id(), key.get().secret().latest().reveal());
    }
    AwsEnvironment environment = new AwsEnvironment(clients);
    return profile.map(environment::profile).orElseGet(() -> environment.credentials(place));
  }

  private AwsCredentials assume(Role role, AwsCredentials own, AwsPlace place) {
    AwsCall call =
        new AwsCall(
            "the STS API of " + place.tokenService(),
            "sts:AssumeRole",
            Optional.of(role.arn()),
            Optional.of(own.accessKeyId()));
    try (StsClient sts = clients.sts(place, own)) {
      return session(
          call.result(
              () ->
                  sts.assumeRole(
                          one ->
                              one.roleArn(role.arn())
                                  .externalId(role.externalId().orElse(null))
                                  .roleSessionName(SESSION))
                      .credentials()));
    }
  }

  static AwsCredentials session(Credentials made) {
    return AwsSessionCredentials.create(
        made.accessKeyId(), made.secretAccessKey(), made.sessionToken());
  }

  private record StaticKey(String id, WatchedFile<Secret> secret) {
    static StaticKey of(String id, Path file, CredentialContext context) {
      return new StaticKey(
          id,
          WatchedFile.of(
              "credentials.secret-access-key-file",
              file,
              content -> WatchedFile.line(content, "secret access key"),
              context));
    }
  }

  private record Role(String arn, Optional<String> externalId) {}
}
