package dev.entrepot.testing;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Makes a fake registry behave as Artifact Registry: it takes live access tokens of {@link
 * FakeGoogle} as they are, challenges only those who show nothing, and redirects blobs to a path of
 * its own.
 */
public final class ArtifactRegistry implements Fault {

  private static final String DOWNLOADS =
      "/artifacts-downloads/namespaces/p/repositories/r/downloads/";

  private final FakeGoogle google;
  private final Set<String> readers = ConcurrentHashMap.newKeySet();

  private ArtifactRegistry(FakeGoogle google) {
    this.google = google;
  }

  /** A guard that lets in whom {@link #allow} names. */
  public static ArtifactRegistry of(FakeGoogle google) {
    return new ArtifactRegistry(google);
  }

  /** From now on this registry is one that lets in whom {@link #allow} names. */
  public static ArtifactRegistry protecting(FakeRegistry registry, FakeGoogle google) {
    ArtifactRegistry guard = of(google);
    registry.chaos().when(RequestMatch.any()).always(guard);
    return guard;
  }

  /** Gives an identity the role of a reader. */
  public ArtifactRegistry allow(String identity) {
    readers.add(identity);
    return this;
  }

  /** Takes the role away. */
  public void disallow(String identity) {
    readers.remove(identity);
  }

  @Override
  public Reply apply(RecordedRequest request, Function<RecordedRequest, Reply> normally) {
    Optional<String> shown = request.header("Authorization");
    if (shown.isEmpty()) {
      return Reply.error(
              401, "UNAUTHORIZED", "not authenticated: No valid credential was supplied.")
          .with("WWW-Authenticate", "Bearer realm=\"https://docker.pkg.dev/v2/token\"");
    }
    Optional<String> identity = google.holderOf(shown.get().replaceFirst("^Bearer ", ""));
    if (identity.isEmpty()) {
      return Reply.error(401, "UNAUTHORIZED", "No valid credential was supplied.");
    }
    if (!readers.contains(identity.get())) {
      return Reply.error(
          403,
          "DENIED",
          "Permission \\\"artifactregistry.repositories.downloadArtifacts\\\" denied on resource"
              + " \\\"projects/p/locations/l/repositories/r\\\" (or it may not exist)");
    }
    if (request.path().startsWith(DOWNLOADS)) {
      return normally.apply(to(request, decoded(request.path().substring(DOWNLOADS.length()))));
    }
    return request.path().contains("/blobs/")
        ? Reply.of(302).with("Location", DOWNLOADS + encoded(request.target()))
        : normally.apply(request);
  }

  private static RecordedRequest to(RecordedRequest request, String target) {
    return new RecordedRequest(
        request.method(), target, request.headers(), request.body(), request.remote());
  }

  private static String encoded(String target) {
    return Base64.getUrlEncoder().encodeToString(target.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String token) {
    return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
  }
}
