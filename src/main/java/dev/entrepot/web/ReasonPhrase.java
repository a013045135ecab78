package dev.entrepot.web;

import java.util.regex.Pattern;

/**
 * An explanation cut down to an HTTP/1.1 reason phrase, which must say what went wrong: it is all
 * that containerd shows of an answer to HEAD.
 */
final class ReasonPhrase {

  private static final int LONGEST = 120;
  private static final String CUT = "...";

  /** Where a message turns from what was tried to what came in between. */
  private static final String TURN = " but ";

  private static final Pattern DIGEST = Pattern.compile("(sha\\d+:[0-9a-f]{12})[0-9a-f]{20,}");

  /** What a message adds in brackets at its end. */
  private static final Pattern ASIDE = Pattern.compile(" \\([^()]*\\)$");

  private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]");

  private ReasonPhrase() {}

  static String of(String explanation) {
    String text = DIGEST.matcher(explanation).replaceAll("$1" + CUT);
    String phrase = UNPRINTABLE.matcher(text).replaceAll("?").strip();
    return phrase.length() <= LONGEST ? phrase : shortened(ASIDE.matcher(phrase).replaceAll(""));
  }

  /** What was tried is cut rather than why it failed. */
  private static String shortened(String phrase) {
    if (phrase.length() <= LONGEST) {
      return phrase;
    }
    int turn = phrase.indexOf(TURN);
    String reason = turn < 0 ? "" : phrase.substring(turn);
    int room = Math.max(LONGEST / 3, LONGEST - CUT.length() - reason.length());
    String tried = phrase.substring(0, room).replaceAll("[. ]+$", "");
    String both = tried + CUT + reason;
    return both.substring(0, Math.min(LONGEST, both.length())).strip();
  }
}
