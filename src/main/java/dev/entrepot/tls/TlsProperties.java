package dev.entrepot.tls;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** The settings under {@code entrepot.tls}: which certificate the registry listener serves. */
public record TlsProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("certs") Path directory,
    @Nullable Path certificate,
    @Nullable Path privateKey,
    @DefaultValue List<String> names,
    @Nullable Path clientCa) {

  public TlsProperties {
    // A key that is written without a value is bound as an empty path.
    certificate = absentIfEmpty(certificate);
    privateKey = absentIfEmpty(privateKey);
    clientCa = absentIfEmpty(clientCa);
    names = List.copyOf(names);
    if (certificate != null && privateKey == null) {
      throw new IllegalArgumentException(
          "entrepot.tls.private-key is not set but entrepot.tls.certificate is '%s'; name the file with its private key."
              .formatted(certificate));
    }
    if (certificate == null && privateKey != null) {
      throw new IllegalArgumentException(
          "entrepot.tls.certificate is not set but entrepot.tls.private-key is '%s'; name the file with its certificate chain."
              .formatted(privateKey));
    }
    if (!enabled && clientCa != null) {
      throw new IllegalArgumentException(
          "entrepot.tls.client-ca is '%s' but entrepot.tls.enabled is false, so no client would be asked for a certificate; enable TLS or remove the key."
              .formatted(clientCa));
    }
    for (String name : names) {
      SubjectNames.complaint(name)
          .ifPresent(
              complaint -> {
                throw new IllegalArgumentException(
                    "entrepot.tls.names holds '%s', which %s.".formatted(name, complaint));
              });
    }
  }

  static @Nullable Path absentIfEmpty(@Nullable Path path) {
    return path == null || path.toString().isBlank() ? null : path;
  }
}
