package dev.entrepot.credentials.google;

import java.io.IOException;
import java.net.URI;

/** A server of Google's, or of whoever vouches for us there, could not be asked. */
final class NoAnswerException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String host;

  NoAnswerException(URI asked, String why) {
    super(why);
    this.host = String.valueOf(asked.getHost());
  }

  /** What goes on after whoever asked. */
  String sentence() {
    return host + " " + getMessage();
  }
}
