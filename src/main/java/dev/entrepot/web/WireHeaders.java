package dev.entrepot.web;

import dev.entrepot.oci.Digest;

/** The registry API's own headers. */
final class WireHeaders {

  static final String API_VERSION = "Docker-Distribution-Api-Version";
  static final String REGISTRY_2 = "registry/2.0";
  static final String CONTENT_DIGEST = "Docker-Content-Digest";

  /** RFC 9211. */
  static final String CACHE_STATUS = "Cache-Status";

  /** Distribution specification, "Registry Proxying". */
  static final String NAMESPACE = "OCI-Namespace";

  private WireHeaders() {}

  static String etag(Digest digest) {
    return "\"" + digest + "\"";
  }
}
