package dev.entrepot.upstream;

import dev.entrepot.metrics.Meters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.client.HttpResponseDecoderSpec;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

/**
 * The only place that makes HTTP connections. It follows no redirect, keeps no cookie, inflates
 * nothing, and connects only to addresses the policy lets through.
 */
final class Transport implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Transport.class);

  /** What is left of an unwanted body up to this size is read so that the connection can stay. */
  static final int DRAINED = 64 * 1024;

  private static final int CONNECTIONS_PER_HOST = 128;
  private static final int WAITING_PER_HOST = 4096;
  private static final int LARGEST_HEADERS = 64 * 1024;

  /** What is read from a socket at once goes on as it is: to cut it smaller is work for nothing. */
  private static final int LARGEST_PIECE = 64 * 1024;

  private final String upstream;
  private final TimeoutProperties timeouts;
  private final InstantSource clock;
  private final Meters meters;
  private final EgressProxy environment;
  private final @Nullable URI ownProxy;
  private final ConnectionProvider connections;
  private final HttpClient quick;
  private final HttpClient bulk;
  private final ConcurrentHashMap<URI, Clients> proxied = new ConcurrentHashMap<>();
  private final Clients direct;
  private final Queue<CheckedAddresses> resolvers = new ConcurrentLinkedQueue<>();

  Transport(
      UpstreamProperties rule,
      OutboundUrlPolicy policy,
      UpstreamTrust.Contexts trust,
      TimeoutProperties timeouts,
      EgressProxy environment,
      InstantSource clock,
      Meters meters) {
    this.upstream = rule.match();
    this.timeouts = timeouts;
    this.clock = clock;
    this.meters = meters;
    this.environment = environment;
    this.ownProxy = rule.proxy();
    this.connections =
        ConnectionProvider.builder("entrepot-upstream")
            .maxConnections(CONNECTIONS_PER_HOST)
            .pendingAcquireMaxCount(WAITING_PER_HOST)
            // Well before the answer is given up: our own crowd must not be taken for silence.
            .pendingAcquireTimeout(Failover.least(timeouts.headers(), rule.endpoints().size()))
            .maxIdleTime(Duration.ofSeconds(30))
            .evictInBackground(Duration.ofSeconds(30))
            .disposeInactivePoolsInBackground(Duration.ofMinutes(1), Duration.ofMinutes(5))
            .build();
    HttpClient client =
        HttpClient.create(connections)
            .followRedirect(false)
            .compress(false)
            .keepAlive(true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis(timeouts.connect()))
            .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .responseTimeout(timeouts.headers())
            .httpResponseDecoder(Transport::limits);
    // A connection's HTTP/2 window cannot be widened here, and 64 KiB a round trip is too slow for
    // layers; they travel by HTTP/1.1.
    this.bulk = secured(client.protocol(HttpProtocol.HTTP11), trust.forHttp1());
    this.quick = secured(client.protocol(HttpProtocol.H2, HttpProtocol.HTTP11), trust.forEither());
    this.direct = new Clients(checked(quick, policy), checked(bulk, policy));
  }

  @SuppressWarnings("deprecation") // to go with Netty 5, which cuts nothing
  private static HttpResponseDecoderSpec limits(HttpResponseDecoderSpec decoder) {
    return decoder.maxHeaderSize(LARGEST_HEADERS).maxChunkSize(LARGEST_PIECE);
  }

  /** Sends the request; the answer's body is then the caller's to use. */
  Mono<UpstreamAnswer> send(OutboundRequest request) {
    return Mono.defer(
        () -> {
          Instant start = clock.instant();
          return receiver(request)
              .responseConnection(
                  (head, connection) -> Mono.just(answer(request, head, connection)))
              .next()
              .doOnNext(answer -> count(request, String.valueOf(answer.status()), start))
              .doOnError(_ -> count(request, "error", start));
        });
  }

  /** Idle connections end now, busy ones when their answers do. */
  @Override
  public void close() {
    connections.dispose();
    resolvers.forEach(CheckedAddresses::close);
  }

  private UpstreamAnswer answer(
      OutboundRequest request, HttpClientResponse head, Connection connection) {
    // It also counts the time in which we ask for nothing; bodies have their own limit.
    connection.removeHandler(NettyPipeline.ResponseTimeoutHandler);
    HttpHeaders headers = head.responseHeaders();
    return new UpstreamAnswer(
        head.status().code(),
        headers,
        request.uri(),
        false,
        new Inbound(connection),
        Optional.empty(),
        0);
  }

  private HttpClient.ResponseReceiver<?> receiver(OutboundRequest request) {
    HttpClient.RequestSender sender =
        client(request)
            .headers(headers -> headers.set(request.headers()))
            .request(request.method())
            .uri(request.uri());
    return request.body().isEmpty()
        ? sender
        : sender.send(
            ByteBufFlux.fromString(
                Mono.just(request.body()), StandardCharsets.UTF_8, ByteBufAllocator.DEFAULT));
  }

  private HttpClient client(OutboundRequest request) {
    Clients clients =
        proxyFor(request.uri())
            .map(proxy -> proxied.computeIfAbsent(proxy, this::through))
            .orElse(direct);
    HttpClient client = request.bulk() ? clients.bulk() : clients.quick();
    return "http".equalsIgnoreCase(request.uri().getScheme())
        ? client.protocol(HttpProtocol.HTTP11)
        : client;
  }

  private Optional<URI> proxyFor(URI target) {
    return ownProxy == null ? environment.forTarget(target) : Optional.of(ownProxy);
  }

  /** A proxy looks names up itself: there the policy has only the name to go by. */
  private Clients through(URI proxy) {
    return new Clients(through(quick, proxy), through(bulk, proxy));
  }

  private HttpClient through(HttpClient client, URI proxy) {
    return client.proxy(
        spec -> {
          ProxyProvider.Builder builder =
              spec.type(ProxyProvider.Proxy.HTTP)
                  .host(proxy.getHost())
                  .port(proxy.getPort() < 0 ? 80 : proxy.getPort())
                  .connectTimeoutMillis(timeouts.connect().toMillis());
          String user = proxy.getUserInfo();
          if (user != null) {
            String[] parts = user.split(":", 2);
            builder.username(parts[0]).password(_ -> parts.length > 1 ? parts[1] : "");
          }
        });
  }

  private HttpClient checked(HttpClient client, OutboundUrlPolicy policy) {
    return client.resolver(
        spec ->
            spec.dnsAddressResolverGroupProvider(
                builder -> {
                  CheckedAddresses resolver = new CheckedAddresses(builder, policy);
                  resolvers.add(resolver);
                  return resolver;
                }));
  }

  private HttpClient secured(HttpClient client, SslContext context) {
    return client.secure(spec -> spec.sslContext(context).handshakeTimeout(timeouts.tls()));
  }

  private void count(OutboundRequest request, String status, Instant start) {
    meters.upstreamAnswered(
        upstream, request.kind(), status, Duration.between(start, clock.instant()));
  }

  private static int millis(Duration duration) {
    return Math.toIntExact(duration.toMillis());
  }

  /**
   * @param quick for small answers, by HTTP/2 where the other side can
   * @param bulk for blobs
   */
  private record Clients(HttpClient quick, HttpClient bulk) {}

  /** A body on its connection. */
  final class Inbound {

    private final Connection connection;
    private final AtomicBoolean used = new AtomicBoolean();

    Inbound(Connection connection) {
      this.connection = connection;
    }

    Flux<ByteBuf> body() {
      return Flux.defer(
          () -> {
            used.set(true);
            Flux<ByteBuf> pieces = connection.inbound().receive().retain();
            return new PaceLimit(pieces, timeouts.idle(), timeouts.slowest())
                .doOnError(TooSlowException.class, this::tell)
                .doOnNext(piece -> meters.upstreamBytes(upstream, piece.readableBytes()));
          });
    }

    private void tell(TooSlowException slow) {
      meters.tooSlow(upstream);
      log.info("upstream body broken off upstream={} because=\"{}\"", upstream, slow.getMessage());
    }

    Mono<byte[]> bytes(int limit) {
      return body()
          .collect(
              ByteArrayOutputStream::new,
              (all, piece) -> {
                try {
                  if (all.size() + piece.readableBytes() > limit) {
                    throw new BodyTooLargeException(limit);
                  }
                  append(all, piece);
                } finally {
                  piece.release();
                }
              })
          .map(ByteArrayOutputStream::toByteArray);
    }

    Mono<byte[]> excerpt(int limit) {
      return Mono.defer(
          () -> {
            var all = new ByteArrayOutputStream();
            return body()
                .doOnNext(
                    piece -> {
                      append(all, piece);
                      piece.release();
                    })
                .takeUntil(_ -> all.size() >= limit)
                .onErrorComplete()
                .then(Mono.fromSupplier(all::toByteArray));
          });
    }

    void close() {
      if (used.compareAndSet(false, true)) {
        // To subscribe and cancel is how the connection learns that nobody reads on.
        connection.inbound().receive().subscribe().dispose();
      }
    }

    private static void append(ByteArrayOutputStream all, ByteBuf piece) {
      try {
        piece.readBytes(all, piece.readableBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
