package dev.entrepot.cache;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A share of something, such as {@code 90%}. */
public record Percentage(int value) {

  private static final Pattern GRAMMAR = Pattern.compile("(\\d{1,3})\\s*%");

  public Percentage {
    if (value < 0 || value > 100) {
      throw new IllegalArgumentException(value + "% is not between 0% and 100%");
    }
  }

  /** Reads for example {@code 90%}. */
  public static Percentage of(String text) {
    Matcher matcher = GRAMMAR.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no percentage; say for example 90%");
    }
    return new Percentage(Integer.parseInt(matcher.group(1)));
  }

  long of(long whole) {
    return whole / 100 * value + whole % 100 * value / 100;
  }

  @Override
  public String toString() {
    return value + "%";
  }
}
