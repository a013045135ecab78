package dev.entrepot.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.StringJoiner;

/** A query that is being written. */
final class Query {

  private final StringJoiner parameters = new StringJoiner("&", "?", "").setEmptyValue("");

  Query with(String name, Object value) {
    parameters.add(name + "=" + URLEncoder.encode(value.toString(), UTF_8));
    return this;
  }

  @Override
  public String toString() {
    return parameters.toString();
  }
}
