package dev.entrepot.route;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Globs as the configuration writes them: {@code *} stays within one part of the name, {@code **}
 * does not.
 */
public final class Glob {

  private static final Pattern WILDCARD = Pattern.compile("\\*{1,2}");

  private Glob() {}

  /** The regular expression of a glob over names whose parts {@code separator} divides. */
  public static Pattern compile(String glob, char separator) {
    StringBuilder expression = new StringBuilder();
    Matcher wildcard = WILDCARD.matcher(glob);
    int done = 0;
    while (wildcard.find()) {
      expression.append(Pattern.quote(glob.substring(done, wildcard.start())));
      expression.append(
          wildcard.group().length() == 2 ? ".*" : "[^" + Pattern.quote("" + separator) + "]*");
      done = wildcard.end();
    }
    return Pattern.compile(expression.append(Pattern.quote(glob.substring(done))).toString());
  }
}
