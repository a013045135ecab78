package dev.entrepot.oci;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A URL's query, decoded once. A parameter that is given twice with different values is refused:
 * which one counts?
 */
final class RequestQuery {

  private static final int MOST_PARAMETERS = 20;
  private static final String NAMESPACE = "ns";
  private static final String PAGE_SIZE = "n";

  /** ECR refuses larger pages, and others spend memory on them. */
  private static final int LARGEST_PAGE = 1000;

  private static final Pattern NUMBER = Pattern.compile("0*([0-9]+)");

  private final Map<String, String> values = new LinkedHashMap<>();

  RequestQuery(String raw) {
    if (raw.isEmpty()) {
      return;
    }
    String[] parameters = raw.split("&", MOST_PARAMETERS + 1);
    if (parameters.length > MOST_PARAMETERS) {
      throw refused("the query has more than " + MOST_PARAMETERS + " parameters");
    }
    for (String parameter : parameters) {
      if (parameter.isEmpty()) {
        continue;
      }
      int equals = parameter.indexOf('=');
      String name = decode(equals < 0 ? parameter : parameter.substring(0, equals));
      String value = equals < 0 ? "" : decode(parameter.substring(equals + 1));
      String earlier = values.putIfAbsent(name, value);
      if (earlier != null && !earlier.equals(value)) {
        throw refused("the query says '" + Shown.of(name) + "' twice");
      }
    }
  }

  /** The registry that a mirror's client means. */
  Optional<RegistryHost> namespace() {
    return Optional.ofNullable(values.get(NAMESPACE))
        .filter(value -> !value.isEmpty())
        .map(RegistryHost::new);
  }

  /** What is left for upstream: all but the namespace, encoded anew, with pages of a sane size. */
  String forUpstream() {
    return values.entrySet().stream()
        .filter(parameter -> !parameter.getKey().equals(NAMESPACE))
        .map(
            parameter ->
                parameter.getKey().equals(PAGE_SIZE)
                    ? PAGE_SIZE + "=" + pageSize(parameter.getValue())
                    : encode(parameter.getKey()) + "=" + encode(parameter.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static int pageSize(String text) {
    Matcher number = NUMBER.matcher(text);
    if (!number.matches()) {
      throw refused("'n=" + Shown.of(text) + "' is no number");
    }
    String digits = number.group(1);
    return digits.length() > 4 ? LARGEST_PAGE : Math.min(Integer.parseInt(digits), LARGEST_PAGE);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw refused("the query's percent-encoding is broken");
    }
  }

  private static RegistryException refused(String why) {
    return new RegistryException(ErrorCode.NAME_INVALID, why);
  }
}
