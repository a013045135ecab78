package dev.entrepot.testing;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The pull side of the distribution API over some content. */
final class RegistryEndpoints {

  private static final Pattern PATH =
      Pattern.compile("/v2/(.+)/(manifests|blobs|tags|referrers)/([^/]+)");

  private final RegistryContent content;
  private volatile RegistryGuard guard =
      new RegistryGuard(new RegistryAuth.Open(), ChallengeStyle.USUAL);
  private volatile boolean honourAccept;
  private volatile boolean referrers = true;
  private volatile @Nullable Function<FakeRegistry.BlobRequest, String> redirect;

  RegistryEndpoints(RegistryContent content) {
    this.content = content;
  }

  void protect(RegistryGuard other) {
    guard = other;
  }

  void honourAccept() {
    honourAccept = true;
  }

  void withoutReferrers() {
    referrers = false;
  }

  void redirectBlobs(Function<FakeRegistry.BlobRequest, String> location) {
    redirect = location;
  }

  Reply answer(RecordedRequest request) {
    if (!request.is("GET") && !request.is("HEAD")) {
      return Reply.error(405, "UNSUPPORTED", "The operation is unsupported.");
    }
    if (request.path().equals("/v2/")) {
      return guard.refusal(request, "").orElseGet(() -> Reply.json(200, "{}"));
    }
    var match = PATH.matcher(request.path());
    if (!match.matches()) {
      return Reply.text(404, "text/plain", "404 page not found\n");
    }
    var repository = match.group(1);
    var last = match.group(3).replace("%3A", ":").replace("%3a", ":");
    return guard
        .refusal(request, repository)
        .orElseGet(
            () ->
                switch (match.group(2)) {
                  case "manifests" -> manifest(request, repository, last);
                  case "blobs" -> blob(request, repository, last);
                  case "tags" -> tags(request, repository);
                  default -> referrers(request, repository, last);
                })
        .with("Docker-Distribution-Api-Version", "registry/2.0");
  }

  private Reply manifest(RecordedRequest request, String repository, String reference) {
    var found = content.manifest(repository, reference);
    if (found.isEmpty()) {
      return Reply.error(404, "MANIFEST_UNKNOWN", "manifest unknown");
    }
    var manifest = found.get();
    if (honourAccept && manifest.mediaType().contains("oci") && !accepts(request, manifest)) {
      return Reply.error(
          404,
          "MANIFEST_UNKNOWN",
          "OCI manifest found, but accept header does not support OCI manifests");
    }
    var tag = "\"" + manifest.digest() + "\"";
    if (request.header("If-None-Match").filter(tag::equals).isPresent()) {
      return Reply.of(304).with("ETag", tag);
    }
    return Reply.of(200, manifest.body())
        .with("Content-Type", manifest.mediaType())
        .with("Docker-Content-Digest", manifest.digest())
        .with("ETag", tag);
  }

  private static boolean accepts(RecordedRequest request, ImageManifest manifest) {
    return request.headers("Accept").stream()
        .flatMap(line -> List.of(line.split(",")).stream())
        .map(type -> type.split(";", 2)[0].strip())
        .anyMatch(manifest.mediaType()::equals);
  }

  private Reply blob(RecordedRequest request, String repository, String digest) {
    var found = content.blob(repository, digest);
    if (found.isEmpty()) {
      return Reply.error(404, "BLOB_UNKNOWN", "blob unknown to registry");
    }
    var elsewhere = redirect;
    if (elsewhere != null) {
      var asked = new FakeRegistry.BlobRequest(request.method(), repository, digest, found.get());
      return Reply.of(307).with("Location", elsewhere.apply(asked));
    }
    return Ranges.answer(request, found.get(), "\"" + digest + "\"")
        .with("Content-Type", "application/octet-stream")
        .with("Docker-Content-Digest", digest);
  }

  private Reply tags(RecordedRequest request, String repository) {
    if (!content.has(repository)) {
      return Reply.error(404, "NAME_UNKNOWN", "repository name not known to registry");
    }
    var last = request.parameter("last").orElse("");
    var rest = content.tags(repository).stream().filter(tag -> tag.compareTo(last) > 0).toList();
    int limit = request.parameter("n").map(Integer::parseInt).orElse(Integer.MAX_VALUE);
    var page = rest.stream().limit(limit).toList();
    var names = page.stream().map(tag -> "\"" + tag + "\"").collect(Collectors.joining(","));
    var reply = Reply.json(200, "{\"name\":\"%s\",\"tags\":[%s]}\n".formatted(repository, names));
    if (page.isEmpty() || page.size() == rest.size()) {
      return reply;
    }
    var next = URLEncoder.encode(page.getLast(), StandardCharsets.UTF_8);
    return reply.with(
        "Link", "</v2/%s/tags/list?last=%s&n=%d>; rel=\"next\"".formatted(repository, next, limit));
  }

  private Reply referrers(RecordedRequest request, String repository, String digest) {
    if (!referrers) {
      return Reply.text(404, "text/plain", "404 page not found\n");
    }
    Optional<String> type = request.parameter("artifactType");
    var index = content.referrers(repository, digest, type);
    var reply = Reply.of(200, index.body()).with("Content-Type", index.mediaType());
    return type.isPresent() ? reply.with("OCI-Filters-Applied", "artifactType") : reply;
  }
}
