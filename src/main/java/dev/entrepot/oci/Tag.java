package dev.entrepot.oci;

import java.util.regex.Pattern;

/** A tag, by the grammar of the OCI distribution specification. */
public record Tag(String value) implements Reference {

  private static final Pattern GRAMMAR = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

  public Tag {
    if (!GRAMMAR.matcher(value).matches()) {
      throw new RegistryException(
          ErrorCode.MANIFEST_INVALID, "'" + Shown.of(value) + "' is no tag and no digest");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
