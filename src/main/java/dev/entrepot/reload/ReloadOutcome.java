package dev.entrepot.reload;

/** How one look at files on disk ended. */
public sealed interface ReloadOutcome {

  /** What is on disk is what is in use. */
  record Unchanged() implements ReloadOutcome {}

  /** From now on what is on disk now is used. */
  record Replaced() implements ReloadOutcome {}

  /** What is on disk cannot be used, so what was in use before stays in use. */
  record Kept(String problem) implements ReloadOutcome {}
}
