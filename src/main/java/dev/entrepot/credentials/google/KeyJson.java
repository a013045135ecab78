package dev.entrepot.credentials.google;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fields of a key, read strictly. Failures name the field and never show what is in it.
 *
 * @param prefix what comes before the names of these fields in messages
 */
record KeyJson(JsonNode node, String prefix) {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  static KeyJson parse(String text) {
    if (text.matches("(?s)\\{\\s*\\\\.*")) {
      throw new IllegalArgumentException("its quotes are escaped, it was quoted twice");
    }
    try {
      return new KeyJson(JSON.readTree(text), "");
    } catch (JacksonException e) {
      throw new IllegalArgumentException(explained(e));
    }
  }

  /** What the parser says quotes what it read. */
  private static String explained(JacksonException e) {
    String said = String.valueOf(e.getOriginalMessage());
    if (e instanceof UnexpectedEndOfInputException || said.contains("end-of-input")) {
      return "its JSON ends in the middle, it was cut off";
    }
    if (said.contains("CTRL-CHAR")) {
      return "a text in its JSON is broken into lines, the line breaks of private_key must be written as \\n";
    }
    if (said.contains("Duplicate")) {
      return "its JSON has a field twice";
    }
    int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
    return line > 0 ? "it is not JSON from line " + line + " on" : "it is not JSON";
  }

  /** A text that must be there. */
  String text(String field) {
    return optionalText(field)
        .orElseThrow(() -> new IllegalArgumentException(prefix + field + " is missing or empty"));
  }

  /** A text that is shown to people. */
  String shown(String field) {
    String text = text(field);
    if (!text.matches("[\\x21-\\x7e]{1,300}")) {
      throw new IllegalArgumentException(prefix + field + " holds blanks or odd characters");
    }
    return text;
  }

  Optional<String> optionalText(String field) {
    JsonNode value = node.get(field);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isString()) {
      throw new IllegalArgumentException(prefix + field + " is no text");
    }
    return Optional.of(value.stringValue()).filter(text -> !text.isBlank());
  }

  /** A URL that something secret is sent to: plain HTTP only within this machine. */
  URI url(String field) {
    return checkedUrl(field, text(field));
  }

  Optional<URI> optionalUrl(String field) {
    return optionalText(field).map(text -> checkedUrl(field, text));
  }

  KeyJson object(String field) {
    JsonNode value = node.get(field);
    if (value == null || !value.isObject()) {
      throw new IllegalArgumentException(prefix + field + " is missing or no JSON object");
    }
    return new KeyJson(value, prefix + field + ".");
  }

  boolean has(String field) {
    return node.has(field);
  }

  /** The same JSON as we write it. */
  String canonical() {
    return JSON.writeValueAsString(node);
  }

  /** Without the values. */
  @Override
  public String toString() {
    return "KeyJson[" + String.join(", ", node.propertyNames()) + "]";
  }

  private URI checkedUrl(String field, String text) {
    URI url;
    try {
      url = URI.create(text.strip());
    } catch (IllegalArgumentException _) {
      throw new IllegalArgumentException(prefix + field + " is no URL");
    }
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    String host = String.valueOf(url.getHost());
    boolean isHere = host.equals("127.0.0.1") || host.equals("localhost") || host.equals("[::1]");
    if (url.getHost() == null
        || url.getUserInfo() != null
        || !(scheme.equals("https") || (scheme.equals("http") && isHere))) {
      throw new IllegalArgumentException(prefix + field + " is no https URL");
    }
    return url;
  }
}
