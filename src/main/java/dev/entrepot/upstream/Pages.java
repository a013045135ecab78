package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import java.net.URI;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads one page of a list and where the next one is. */
final class Pages {

  private static final Pattern NEXT =
      Pattern.compile("<([^<>]*)>\\s*;[^,<]*\\brel\\s*=\\s*\"?next\"?", Pattern.CASE_INSENSITIVE);

  private static final int LONGEST_QUERY = 4096;

  private final OutboundUrlPolicy policy;

  Pages(OutboundUrlPolicy policy) {
    this.policy = policy;
  }

  /** A query that can stand in a URL; a client's {@code ns} is for us and not for upstream. */
  static String clean(String query) {
    return Arrays.stream(query.split("&", -1))
        .filter(part -> !part.isEmpty() && !part.equals("ns") && !part.startsWith("ns="))
        .map(part -> part.replaceAll("[^A-Za-z0-9._~!$'()*+,;:@/?=%-]", ""))
        .collect(Collectors.joining("&"));
  }

  UpstreamPage read(Ask ask, UpstreamAnswer answer, byte[] body) {
    return new UpstreamPage(
        body, answer.mediaType(), nextQuery(ask, answer), answer.header("OCI-Filters-Applied"));
  }

  /** Only the query of the next page's URL is ever used; its host must still be the registry's. */
  private Optional<String> nextQuery(Ask ask, UpstreamAnswer answer) {
    Matcher matcher = NEXT.matcher(String.join(", ", answer.headerAll("Link")));
    if (!matcher.find()) {
      return Optional.empty();
    }
    URI next;
    try {
      next = answer.uri().resolve(URI.create(matcher.group(1)));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
    policy
        .nextPageComplaint(next, answer.uri())
        .ifPresent(
            complaint -> {
              throw ask.failure(
                  ErrorCode.UPSTREAM_INVALID,
                  answer.uri().getRawAuthority(),
                  "it says the next page is at '%s', which %s"
                      .formatted(RedirectWalk.shown(next), complaint));
            });
    return Optional.ofNullable(next.getRawQuery())
        .filter(query -> query.length() <= LONGEST_QUERY)
        .map(Pages::clean);
  }
}
