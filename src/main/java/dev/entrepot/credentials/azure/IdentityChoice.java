package dev.entrepot.credentials.azure;

import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.Secret;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.credentials.azure.ApplicationIdentity.Proof;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Decides who we are: what the settings name comes first, then what the environment has, a workload
 * identity before a managed one as in Azure's own libraries.
 */
record IdentityChoice(
    CredentialProperties.Azure settings,
    Map<String, String> environment,
    CredentialContext context) {

  private static final String FEDERATED_TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE";
  private static final URI IMDS = URI.create("http://169.254.169.254");
  private static final Pattern TENANT = Pattern.compile("[0-9a-zA-Z][0-9a-zA-Z.-]*");

  EntraIdentity identity() {
    Path secret = settings.clientSecretFile();
    Path token = settings.federatedTokenFile();
    if (secret != null) {
      return application(Proof.SECRET, "credentials.client-secret-file", secret);
    }
    if (token != null) {
      return application(Proof.FEDERATED_TOKEN, "credentials.federated-token-file", token);
    }
    Optional<String> inEnvironment = variable(FEDERATED_TOKEN_FILE);
    return inEnvironment.isPresent() && tenant().isPresent() && client().isPresent()
        ? application(Proof.FEDERATED_TOKEN, FEDERATED_TOKEN_FILE, Path.of(inEnvironment.get()))
        : managed();
  }

  private EntraIdentity application(Proof proof, String key, Path file) {
    String tenant = tenant().orElseThrow(() -> missing(key, "tenant-id", "AZURE_TENANT_ID"));
    if (!TENANT.matcher(tenant).matches()) {
      throw new IllegalArgumentException(
          "credentials.tenant-id of type 'azure' is '%s'; write the tenant's ID or domain."
              .formatted(tenant));
    }
    String client = client().orElseThrow(() -> missing(key, "client-id", "AZURE_CLIENT_ID"));
    String what = proof == Proof.SECRET ? "secret" : "token";
    WatchedFile<Secret> watched =
        WatchedFile.of(key, file, content -> WatchedFile.line(content, what), context);
    return new ApplicationIdentity(tenant, client, proof, watched, authority());
  }

  private EntraIdentity managed() {
    Optional<String> tenant = Optional.ofNullable(settings.tenantId());
    Optional<String> endpoint = variable("IDENTITY_ENDPOINT");
    Optional<String> header = variable("IDENTITY_HEADER");
    if (endpoint.isPresent() && header.isPresent()) {
      return ManagedIdentity.ofService(
          url("IDENTITY_ENDPOINT", endpoint.get()), Secret.of(header.get()), client(), tenant);
    }
    URI base =
        variable("AZURE_POD_IDENTITY_AUTHORITY_HOST")
            .map(host -> url("AZURE_POD_IDENTITY_AUTHORITY_HOST", host))
            .orElse(IMDS);
    return ManagedIdentity.ofMachine(base, client(), tenant);
  }

  private Authority authority() {
    URI written = settings.authority();
    return written != null
        ? Authority.of("credentials.authority", written)
        : variable("AZURE_AUTHORITY_HOST")
            .map(host -> Authority.of("AZURE_AUTHORITY_HOST", url("AZURE_AUTHORITY_HOST", host)))
            .orElseGet(Authority::ofTheRegistrysCloud);
  }

  private Optional<String> tenant() {
    return Optional.ofNullable(settings.tenantId()).or(() -> variable("AZURE_TENANT_ID"));
  }

  private Optional<String> client() {
    return Optional.ofNullable(settings.clientId()).or(() -> variable("AZURE_CLIENT_ID"));
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).map(String::trim).filter(v -> !v.isEmpty());
  }

  private static URI url(String name, String text) {
    try {
      URI url = URI.create(text);
      if (url.getHost() != null) {
        return url;
      }
    } catch (IllegalArgumentException _) {
      // The message is the same.
    }
    throw new IllegalArgumentException(
        "%s is '%s', which is no URL; credentials.type 'azure' reads it.".formatted(name, text));
  }

  private static IllegalArgumentException missing(String file, String key, String variable) {
    return new IllegalArgumentException(
        "credentials.type 'azure' with %s needs credentials.%s or %s, which are not set."
            .formatted(file, key, variable));
  }
}
