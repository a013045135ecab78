package dev.entrepot.web;

import java.util.regex.Pattern;

/**
 * An explanation cut down to an HTTP/1.1 reason phrase, which must say what went wrong: it is all
 * that containerd shows of an answer to HEAD.
 */
final class ReasonPhrase {

  private static final int LONGEST = 120;
  private static final String CUT = "...";

  /** Less of what was tried says nothing. */
  private static final int SHORTEST_TRIED = 32;

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

  /**
   * What was tried is cut rather than why it failed: clients show it anyway, with the status line.
   */
  private static String shortened(String phrase) {
    if (phrase.length() <= LONGEST) {
      return phrase;
    }
    int turn = phrase.indexOf(TURN);
    String reason = turn < 0 ? "" : phrase.substring(turn);
    int room = LONGEST - CUT.length() - reason.length();
    if (turn >= 0 && room < SHORTEST_TRIED) {
      return cut(phrase.substring(turn + TURN.length()));
    }
    String tried = phrase.substring(0, room).replaceAll("[. ]+$", "");
    return tried + CUT + reason;
  }

  /** Its beginning names the rule and its end the cause. */
  private static String cut(String reason) {
    if (reason.length() <= LONGEST) {
      return reason;
    }
    String end = reason.substring(reason.length() - (LONGEST - CUT.length() - LONGEST / 3));
    return reason.substring(0, LONGEST / 3) + CUT + end;
  }
}
