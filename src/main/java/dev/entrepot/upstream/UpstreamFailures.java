package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.upstream.TroubleException.Kind;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.timeout.TimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.function.BiFunction;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/** The one place that turns what a connection fails with into what a client is told. */
final class UpstreamFailures {

  private UpstreamFailures() {}

  /** For {@code onErrorMap}: what this request's failure means for the ask. */
  static Function<Throwable, Throwable> during(Ask ask, String host) {
    return failure -> translate(ask, host, failure);
  }

  private static Throwable translate(Ask ask, String host, Throwable failure) {
    return switch (failure) {
      case RegistryException explained -> explained;
      case TroubleException trouble -> trouble;
      case CredentialRefusedException refused -> refused;
      case RefusedAddressException refused ->
          ask.failure(ErrorCode.DENIED, host, String.valueOf(refused.getMessage()), refused, null);
      case BodyTooLargeException large ->
          ask.failure(ErrorCode.UPSTREAM_INVALID, host, String.valueOf(large.getMessage()));
      default -> trouble(ask, host, failure);
    };
  }

  private static Throwable trouble(Ask ask, String host, Throwable failure) {
    BiFunction<String, Kind, TroubleException> unreachable =
        (why, kind) ->
            TroubleException.of(kind, ErrorCode.UPSTREAM_UNREACHABLE, ask, host, why, failure);
    return switch (failure) {
      case UnknownHostException _ -> unreachable.apply("its name could not be resolved", Kind.GONE);
      case ConnectTimeoutException _ ->
          unreachable.apply("it did not take a connection in time", Kind.GONE);
      case NoRouteToHostException _ -> unreachable.apply("there is no route to it", Kind.GONE);
      case ConnectException _ -> unreachable.apply("it refused the connection", Kind.GONE);
      case SSLException tls -> tls(ask, host, tls);
      case TooSlowException slow -> unreachable.apply(String.valueOf(slow.getMessage()), Kind.GONE);
      case TimeoutException _ -> unreachable.apply("it did not answer in time", Kind.GONE);
      case PoolAcquireTimeoutException _ ->
          unreachable.apply("all connections to it stayed busy", Kind.CROWDED);
      case java.util.concurrent.TimeoutException _ ->
          unreachable.apply("it did not answer in time", Kind.GONE);
      case PoolAcquirePendingLimitException _ ->
          unreachable.apply("too many requests wait for a connection to it", Kind.CROWDED);
      case PrematureCloseException _ ->
          unreachable.apply(
              "it closed the connection before its answer was complete", Kind.PASSING);
      case DecoderException _ ->
          failure.getCause() instanceof SSLException tls
              ? tls(ask, host, tls)
              : invalid(ask, host, failure);
      case IOException _ -> unreachable.apply("the connection broke", Kind.PASSING);
      case IllegalArgumentException _ -> invalid(ask, host, failure);
      default -> failure;
    };
  }

  private static TroubleException tls(Ask ask, String host, SSLException failure) {
    ErrorCode code =
        isAboutTrust(failure) ? ErrorCode.UPSTREAM_UNTRUSTED : ErrorCode.UPSTREAM_UNREACHABLE;
    String why = "TLS with it could not be set up: " + reason(failure);
    return TroubleException.of(Kind.GONE, code, ask, host, why, failure);
  }

  /** Whether the certificate is what is wrong, not the connection. */
  private static boolean isAboutTrust(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof GeneralSecurityException) {
        return true;
      }
    }
    return false;
  }

  private static TroubleException invalid(Ask ask, String host, Throwable failure) {
    return TroubleException.of(
        Kind.FAULTY,
        ErrorCode.UPSTREAM_INVALID,
        ask,
        host,
        "its answer is not proper HTTP",
        failure);
  }

  /** The innermost cause says what is wrong with a certificate. */
  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage()).replaceAll("[^\\x20-\\x7e]", " ");
    return message.length() > 160 ? message.substring(0, 160) : message;
  }
}
