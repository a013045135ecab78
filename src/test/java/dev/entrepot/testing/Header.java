package dev.entrepot.testing;

/** One header line. */
public record Header(String name, String value) {

  /** Whether the line has this name, in any case. */
  public boolean is(String other) {
    return name.equalsIgnoreCase(other);
  }
}
