package dev.entrepot.admin;

import dev.entrepot.access.ListenAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.HandlerFilterFunction;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Who may use the admin API: no web page of another site, even one whose name resolves to us; and
 * for changes, or from elsewhere than this machine, who knows the {@link AdminKey}.
 */
final class AdminGuard implements HandlerFilterFunction<ServerResponse, ServerResponse> {

  private final AdminKey key;
  private final String ownName;

  AdminGuard(AdminKey key, ListenAddress listen) {
    this.key = key;
    this.ownName = listen.host().toLowerCase(Locale.ROOT);
  }

  @Override
  public Mono<ServerResponse> filter(ServerRequest request, HandlerFunction<ServerResponse> next) {
    Optional<String> objection = objection(request);
    return objection.isPresent()
        ? AdminErrors.answer(HttpStatus.FORBIDDEN, objection.get())
        : Mono.defer(() -> next.handle(request)).onErrorResume(AdminErrors::answer);
  }

  private Optional<String> objection(ServerRequest request) {
    HttpHeaders headers = request.headers().asHttpHeaders();
    String host = Optional.ofNullable(headers.getFirst(HttpHeaders.HOST)).orElse("");
    if (!isOurs(host)) {
      return Optional.of(
          "the admin API is called by an address or localhost, so that no web page can pose as it");
    }
    String origin = headers.getFirst(HttpHeaders.ORIGIN);
    if (origin != null && !origin.equals("http://" + host)) {
      return Optional.of("the admin API answers no page of another site");
    }
    if (isRead(request) && isFromHere(request)) {
      return Optional.empty();
    }
    List<String> presented = headers.getOrEmpty(AdminKey.HEADER);
    return presented.size() == 1 && key.opensWith(presented.getFirst())
        ? Optional.empty()
        : Optional.of(
            "changes, and whoever asks from another machine, want the key that lies as admin-key in"
                + " the cache's directory, in the header "
                + AdminKey.HEADER);
  }

  private static boolean isRead(ServerRequest request) {
    return request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
  }

  private static boolean isFromHere(ServerRequest request) {
    return request
        .remoteAddress()
        .map(InetSocketAddress::getAddress)
        .filter(InetAddress::isLoopbackAddress)
        .isPresent();
  }

  private boolean isOurs(String hostHeader) {
    String host =
        hostHeader.replaceFirst(":[0-9]+$", "").replaceFirst("\\.$", "").toLowerCase(Locale.ROOT);
    return host.equals("localhost") || host.equals(ownName) || isAddress(host);
  }

  private static boolean isAddress(String host) {
    try {
      InetAddress.ofLiteral(
          host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
