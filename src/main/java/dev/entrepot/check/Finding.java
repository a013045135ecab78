package dev.entrepot.check;

/**
 * What one check found.
 *
 * @param check what was looked at: configuration, exposure, credential, upstream, listener or image
 * @param message one sentence for the operator, never with a secret
 */
public record Finding(String check, Result result, String message) {

  /** How it ended. */
  public enum Result {
    OK,
    /** Nothing that must be mended, but worth knowing. */
    NOTE,
    FAILED
  }

  /** What holds. */
  public static Finding ok(String check, String message) {
    return new Finding(check, Result.OK, message);
  }

  /** What an operator may want to know. */
  public static Finding note(String check, String message) {
    return new Finding(check, Result.NOTE, message);
  }

  /** What has to be mended. */
  public static Finding failed(String check, String message) {
    return new Finding(check, Result.FAILED, message);
  }
}
