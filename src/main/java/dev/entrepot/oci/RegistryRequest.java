package dev.entrepot.oci;

/** A request of the pull half of the OCI distribution specification, understood. */
public sealed interface RegistryRequest {

  /** What it asks for, in words for logs and error messages. */
  String describe();

  /** Is this a registry? ({@code GET /v2/}) */
  record Ping() implements RegistryRequest {
    @Override
    public String describe() {
      return "ping";
    }
  }

  /** A request that is about one repository. */
  sealed interface OfRepository extends RegistryRequest {
    /** The repository as the client named it. */
    RequestedName name();
  }

  /** {@code /v2/<name>/manifests/<reference>} */
  record Manifest(RequestedName name, Reference reference) implements OfRepository {
    @Override
    public String describe() {
      return "manifest " + reference + " of " + name;
    }
  }

  /** {@code /v2/<name>/blobs/<digest>} */
  record Blob(RequestedName name, Digest digest) implements OfRepository {
    @Override
    public String describe() {
      return "blob " + digest + " of " + name;
    }
  }

  /**
   * {@code /v2/<name>/tags/list}
   *
   * @param query the page that is wanted, as upstream is asked for it
   */
  record Tags(RequestedName name, String query) implements OfRepository {
    @Override
    public String describe() {
      return "tags of " + name;
    }
  }

  /**
   * {@code /v2/<name>/referrers/<digest>}
   *
   * @param query the page and filter that are wanted, as upstream is asked for them
   */
  record Referrers(RequestedName name, Digest digest, String query) implements OfRepository {
    @Override
    public String describe() {
      return "referrers of " + digest + " in " + name;
    }
  }
}
