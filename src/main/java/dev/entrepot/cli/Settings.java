package dev.entrepot.cli;

import dev.entrepot.access.AccessProperties;
import dev.entrepot.access.ListenAddress;
import dev.entrepot.admin.AdminProperties;
import dev.entrepot.cache.CacheProperties;
import dev.entrepot.pull.PullProperties;
import dev.entrepot.tls.TlsProperties;
import dev.entrepot.upstream.BuiltinUpstreams;
import dev.entrepot.upstream.TimeoutProperties;
import dev.entrepot.upstream.UpstreamProperties;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Everything under {@code entrepot} in the configuration; each feature's part lies beside its code.
 *
 * @param listen where the registry API is served
 * @param defaultUpstream the registry meant by requests that name none
 * @param builtinUpstreams whether the well-known public registries are appended, anonymously
 * @param offline whether no upstream is ever contacted
 * @param drain how long pulls under way may take at shutdown
 */
record Settings(
    @DefaultValue("127.0.0.1:5443") ListenAddress listen,
    @DefaultValue AdminProperties admin,
    @DefaultValue TlsProperties tls,
    @Nullable String defaultUpstream,
    @DefaultValue("true") boolean builtinUpstreams,
    @DefaultValue List<UpstreamProperties> upstreams,
    @DefaultValue AccessProperties access,
    @DefaultValue CacheProperties cache,
    @DefaultValue TimeoutProperties timeouts,
    @DefaultValue("false") boolean offline,
    @DefaultValue("5m") Duration drain) {

  /** Where all of this stands in the configuration. */
  static final String PREFIX = "entrepot";

  /** These settings with the listener of others. */
  Settings listeningAs(Settings other) {
    return new Settings(
        other.listen,
        admin,
        other.tls,
        defaultUpstream,
        builtinUpstreams,
        upstreams,
        access,
        cache,
        timeouts,
        offline,
        drain);
  }

  /** What pulls are told. */
  PullProperties pulls() {
    return new PullProperties(
        allUpstreams(),
        Optional.ofNullable(defaultUpstream).filter(text -> !text.isBlank()),
        offline);
  }

  /** The configured upstreams and, if they are wanted, the built-in ones behind them. */
  List<UpstreamProperties> allUpstreams() {
    return builtinUpstreams ? BuiltinUpstreams.appendedTo(upstreams) : upstreams;
  }
}
