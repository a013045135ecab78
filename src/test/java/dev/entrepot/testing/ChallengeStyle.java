package dev.entrepot.testing;

/** How a registry refuses a request, as real registries do it. */
public enum ChallengeStyle {
  /** The kind that fits the registry's auth mode: Basic, or Bearer with service and scope. */
  USUAL,
  /** Nexus: the scheme in upper case. */
  BASIC_UPPER_CASE,
  /** ECR: Basic with a service, and a text/plain body. */
  ECR_BASIC,
  /** Artifact Registry's ping: Bearer without service and scope. */
  BEARER_WITHOUT_SERVICE,
  /** Bearer with a service but no scope. */
  BEARER_WITHOUT_SCOPE,
  /** Old gcr.io: values without quotes. */
  BEARER_UNQUOTED,
  /** Basic and Bearer in two header lines. */
  TWO_LINES,
  /** Basic and Bearer in one header line. */
  ONE_LINE,
  /** A 401 with no challenge at all. */
  NO_CHALLENGE,
  /** A challenge on {@code /v2/} only; elsewhere a bare 401. */
  CHALLENGE_ON_PING_ONLY,
  /**
   * ECR Public: a bad bearer token earns 400 DENIED without a challenge, none at all earns Bearer
   * with scope aws.
   */
  ECR_PUBLIC,
  /** Harbor: Bearer without credentials, but Basic as soon as any were refused. */
  HARBOR,
  /** ECR's wording for an expired password, with 403. */
  EXPIRED_DENIED
}
