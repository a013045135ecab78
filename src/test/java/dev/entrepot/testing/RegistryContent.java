package dev.entrepot.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the repositories of a fake registry hold. */
final class RegistryContent {

  private final Map<String, Repository> repositories = new ConcurrentHashMap<>();

  private record Repository(
      Map<String, String> tags, Map<String, ImageManifest> manifests, Map<String, Body> blobs) {

    static Repository empty() {
      return new Repository(
          new ConcurrentSkipListMap<>(), new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }

  private Repository at(String name) {
    return repositories.computeIfAbsent(name, _ -> Repository.empty());
  }

  boolean has(String name) {
    return repositories.containsKey(name);
  }

  void putManifest(String name, ImageManifest manifest) {
    at(name).manifests().put(manifest.digest(), manifest);
  }

  void tag(String name, String tag, String digest) {
    at(name).tags().put(tag, digest);
  }

  void untag(String name, String tag) {
    at(name).tags().remove(tag);
  }

  void putBlob(String name, String digest, Body body) {
    at(name).blobs().put(digest, body);
  }

  void removeBlob(String name, String digest) {
    at(name).blobs().remove(digest);
  }

  void removeManifest(String name, String digest) {
    at(name).manifests().remove(digest);
  }

  Optional<ImageManifest> manifest(String name, String reference) {
    var repository = at(name);
    var digest =
        reference.contains(":") ? reference : repository.tags().getOrDefault(reference, "");
    return Optional.ofNullable(repository.manifests().get(digest));
  }

  Optional<Body> blob(String name, String digest) {
    return Optional.ofNullable(at(name).blobs().get(digest));
  }

  List<String> tags(String name) {
    return new ArrayList<>(at(name).tags().keySet());
  }

  /** The referrers index of a digest. */
  ImageManifest referrers(String name, String digest, Optional<String> artifactType) {
    var entries =
        at(name).manifests().values().stream()
            .flatMap(manifest -> referrer(manifest, digest, artifactType))
            .sorted()
            .collect(Collectors.joining(","));
    var mediaType = "application/vnd.oci.image.index.v1+json";
    return new ImageManifest(
        mediaType,
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
            .formatted(mediaType, entries));
  }

  private static Stream<String> referrer(
      ImageManifest manifest, String digest, Optional<String> artifactType) {
    JsonNode json = JsonMapper.shared().readTree(manifest.json());
    if (!json.path("subject").path("digest").asString("").equals(digest)) {
      return Stream.empty();
    }
    var type =
        json.path("artifactType").asString(json.path("config").path("mediaType").asString(""));
    if (artifactType.isPresent() && !artifactType.get().equals(type)) {
      return Stream.empty();
    }
    return Stream.of(manifest.descriptor(",\"artifactType\":\"" + type + "\""));
  }
}
