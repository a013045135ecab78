package dev.entrepot.oci;

/**
 * Why a request is not answered with content, with the code the specification gives it on the wire
 * and its HTTP status.
 *
 * <p>For a pull, 404 is an upstream's word alone. Our own refusals are 400 or 403, because
 * containerd prints their reason phrase and goes on to the next host, while it prints nothing for a
 * 404.
 */
public enum ErrorCode {
  NAME_INVALID(400, "NAME_INVALID"),
  DIGEST_INVALID(400, "DIGEST_INVALID"),
  MANIFEST_INVALID(400, "MANIFEST_INVALID"),
  /** Refused by our own rules, or by upstream for the credential we have. */
  DENIED(403, "DENIED"),
  NAME_UNKNOWN(404, "NAME_UNKNOWN"),
  MANIFEST_UNKNOWN(404, "MANIFEST_UNKNOWN"),
  BLOB_UNKNOWN(404, "BLOB_UNKNOWN"),
  /** A path that no pull uses, such as the catalog. */
  PATH_UNSUPPORTED(404, "UNSUPPORTED"),
  METHOD_UNSUPPORTED(405, "UNSUPPORTED"),
  /** A fault of ours. */
  INTERNAL(500, "UNKNOWN"),
  /** Upstream answered, but not with what was asked for. */
  UPSTREAM_INVALID(502, "UNAVAILABLE"),
  /** The credential that upstream wants cannot be had now. */
  CREDENTIAL_UNAVAILABLE(502, "UNAVAILABLE"),
  /** Who answers for upstream cannot prove to be it: no trouble that passes, maybe an attack. */
  UPSTREAM_UNTRUSTED(502, "UNAVAILABLE"),
  /** Upstream asks us to slow down, and we have waited as long as a client does. */
  UPSTREAM_BUSY(503, "TOOMANYREQUESTS"),
  /** Upstream cannot be reached or does not answer in time, or we are offline. */
  UPSTREAM_UNREACHABLE(504, "UNAVAILABLE");

  private final int status;
  private final String wireCode;

  ErrorCode(int status, String wireCode) {
    this.status = status;
    this.wireCode = wireCode;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The code in the error body, from the specification's table. */
  public String wireCode() {
    return wireCode;
  }

  /** Whether upstream is in trouble rather than saying no: then a stale answer beats none. */
  public boolean isUpstreamTrouble() {
    return status >= 502 && this != UPSTREAM_UNTRUSTED;
  }

  /** Whether upstream said that there is no such content. */
  public boolean isNotFound() {
    return this == NAME_UNKNOWN || this == MANIFEST_UNKNOWN || this == BLOB_UNKNOWN;
  }
}
