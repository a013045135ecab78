package dev.entrepot.oci;

import java.util.regex.Pattern;

/** A repository's name within its registry, such as {@code library/nginx}. */
public record RepositoryName(String value) {

  private static final int LONGEST = 255;
  private static final String COMPONENT = "[a-z0-9]++(?:(?:\\.|_|__|-++)[a-z0-9]++)*+";
  private static final Pattern GRAMMAR = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*+");

  public RepositoryName {
    if (!isName(value)) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID, "'" + Shown.of(value) + "' is no repository name");
    }
  }

  static boolean isName(String text) {
    return text.length() <= LONGEST && GRAMMAR.matcher(text).matches();
  }

  /** Whether the name has one component only, as the official images of Docker Hub are called. */
  public boolean isSingleComponent() {
    return value.indexOf('/') < 0;
  }

  @Override
  public String toString() {
    return value;
  }
}
