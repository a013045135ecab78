package dev.entrepot.credentials.google;

import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties.Google;
import dev.entrepot.credentials.WatchedFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whom a rule gets its tokens for: the key file, or application default credentials, which are the
 * file that {@code GOOGLE_APPLICATION_CREDENTIALS} names, gcloud's own, or the metadata server. The
 * library's search for them is not used, because it does not look for a metadata server a second
 * time.
 */
final class GoogleIdentities {

  private static final String VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS";

  private final GoogleIdentity metadata = new MetadataServer();
  private final Path wellKnown;
  private final CredentialContext context;
  private volatile @Nullable WatchedFile<GoogleKey> file;

  /**
   * Reads the file that is named, if one is; fails with {@link IllegalArgumentException}.
   *
   * @param wellKnown where gcloud keeps its login
   */
  GoogleIdentities(
      Google settings, Map<String, String> environment, Path wellKnown, CredentialContext context) {
    this.wellKnown = wellKnown;
    this.context = context;
    Path keyFile = settings.keyFile();
    String variable = environment.getOrDefault(VARIABLE, "");
    if (keyFile != null) {
      this.file = watched("credentials.key-file", keyFile);
    } else if (!variable.isBlank()) {
      this.file = watched(VARIABLE, Path.of(variable.strip()));
    } else if (Files.isRegularFile(wellKnown)) {
      this.file = watched("gcloud's login", wellKnown);
    }
  }

  /** The file that says whom, if there is one. */
  Optional<WatchedFile<?>> file() {
    return Optional.ofNullable(file);
  }

  /** Whom tokens are made for, as far as is known. */
  GoogleIdentity known() {
    WatchedFile<GoogleKey> known = file;
    return known == null ? metadata : known.latest();
  }

  /** The same, after a look whether somebody has logged in. */
  GoogleIdentity current() {
    if (file == null && Files.isRegularFile(wellKnown)) {
      try {
        file = watched("gcloud's login", wellKnown);
      } catch (IllegalArgumentException e) {
        throw CredentialException.denied(String.valueOf(e.getMessage()).replaceFirst("\\.$", ""));
      }
    }
    return known();
  }

  private WatchedFile<GoogleKey> watched(String key, Path path) {
    return WatchedFile.of(key, path, GoogleKey::read, context);
  }
}
