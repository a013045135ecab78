package dev.entrepot.route;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Globs as the configuration writes them: {@code *} stays within one part of the name, {@code **}
 * does not.
 */
public final class Glob {

  private static final Pattern WILDCARD = Pattern.compile("\\*{1,2}");
  private static final Pattern OVER_HOSTS = Pattern.compile("[a-z0-9._*:\\[\\]-]++");
  private static final Pattern OVER_REPOSITORIES =
      Pattern.compile("[a-z0-9._*-]++(?:/[a-z0-9._*-]++)*+");

  private Glob() {}

  /** The regular expression of a glob over hosts, whose parts dots divide. */
  static Pattern ofHosts(String glob) {
    if (!OVER_HOSTS.matcher(glob).matches()) {
      throw new IllegalArgumentException("'" + glob + "' can match no host");
    }
    return Pattern.compile(expression(glob, '.'));
  }

  /**
   * The regular expression of a glob over repository names, whose parts slashes divide. One that
   * could never match is refused: a {@code deny} that is written wrong must not be an open door.
   */
  public static Pattern ofRepositories(String glob) {
    return Pattern.compile(repositories(glob));
  }

  /** Like {@link #ofRepositories}, for the names that begin so, in whole parts. */
  static Pattern ofRepositoriesUnder(String glob) {
    return Pattern.compile(repositories(glob) + "(?:/.*)?");
  }

  private static String repositories(String glob) {
    if (!OVER_REPOSITORIES.matcher(glob).matches()) {
      throw new IllegalArgumentException(
          "'"
              + glob
              + "' can match no repository: write lower case and single slashes between the parts,"
              + " for example acme/**");
    }
    return expression(glob, '/');
  }

  private static String expression(String glob, char separator) {
    StringBuilder expression = new StringBuilder();
    Matcher wildcard = WILDCARD.matcher(glob);
    int done = 0;
    while (wildcard.find()) {
      expression.append(Pattern.quote(glob.substring(done, wildcard.start())));
      expression.append(
          wildcard.group().length() == 2 ? ".*" : "[^" + Pattern.quote("" + separator) + "]*");
      done = wildcard.end();
    }
    return expression.append(Pattern.quote(glob.substring(done))).toString();
  }
}
