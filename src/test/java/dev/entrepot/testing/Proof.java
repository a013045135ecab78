package dev.entrepot.testing;

/**
 * How much a test that proves something by repetition does: a little in every run, all of it in the
 * profile {@code proof}.
 */
public final class Proof {

  /** Of tests that the profile runs. Those that are nothing without it are {@link #HEAVY} too. */
  public static final String TAG = "proof";

  /** Of tests that nothing but the profile runs. */
  public static final String HEAVY = "heavy";

  private Proof() {}

  /**
   * A number that {@code -Dproof.NAME=…} sets.
   *
   * @param usual what it is in every run
   * @param full what it is in the profile
   */
  public static int count(String name, int usual, int full) {
    var set = System.getProperty("proof." + name, "");
    if (!set.isEmpty()) {
      return Integer.parseInt(set);
    }
    return isFull() ? full : usual;
  }

  /** Whether this is the profile's run. */
  public static boolean isFull() {
    return Boolean.getBoolean("proof.full");
  }
}
