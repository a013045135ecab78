package dev.entrepot.tls;

/** How one look at certificate files on disk ended. */
public sealed interface ReloadOutcome {

  /** What is on disk is what is in use. */
  record Unchanged() implements ReloadOutcome {}

  /** New connections use what is on disk now. */
  record Replaced() implements ReloadOutcome {}

  /** What is on disk cannot be used, so what was in use before stays in use. */
  record Kept(String problem) implements ReloadOutcome {}
}
