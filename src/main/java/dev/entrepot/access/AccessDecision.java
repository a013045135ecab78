package dev.entrepot.access;

/** Whether a caller may pull, as a value that has to be looked at. */
public sealed interface AccessDecision {

  /** The pull may go on. */
  record Allowed() implements AccessDecision {}

  /**
   * It may not.
   *
   * @param reason one sentence for the person behind the client
   */
  record Denied(String reason) implements AccessDecision {}
}
