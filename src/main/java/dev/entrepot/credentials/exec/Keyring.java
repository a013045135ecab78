package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.Credential;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The credentials of all plugins' answers, looked up as kubelet does it: keys from the last to the
 * first in order of letters, so that a longer path comes before a shorter one, and the first
 * plugin's where two use the same key.
 */
final class Keyring {

  private static final String DOCKER_HUB_IMAGES = "docker.io/";
  private static final String DOCKER_HUB_KEY = "index.docker.io";

  private final Map<String, Credential> credentials = new TreeMap<>(Comparator.reverseOrder());

  Keyring(Collection<PluginAnswer> answers) {
    for (PluginAnswer answer : answers) {
      answer.auth().forEach((key, credential) -> credentials.putIfAbsent(plain(key), credential));
    }
  }

  Optional<Credential> find(String image) {
    return credentials.entrySet().stream()
        .filter(entry -> ImageGlob.of(entry.getKey()).filter(g -> g.matches(image)).isPresent())
        .map(Map.Entry::getValue)
        .findFirst()
        .or(() -> image.startsWith(DOCKER_HUB_IMAGES) ? dockerHub() : Optional.empty());
  }

  private Optional<Credential> dockerHub() {
    return Optional.ofNullable(credentials.get(DOCKER_HUB_KEY));
  }

  /** Keys may be written as in docker's configuration: {@code https://index.docker.io/v1/}. */
  private static String plain(String key) {
    return key.replaceFirst("^https?://", "")
        .replaceFirst("^([^/]*)/v[12]/", "$1/")
        .replaceFirst("^([^/]*)/$", "$1");
  }
}
