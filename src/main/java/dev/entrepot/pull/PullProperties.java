package dev.entrepot.pull;

import dev.entrepot.upstream.UpstreamProperties;
import java.util.List;
import java.util.Optional;

/**
 * What pulls are told.
 *
 * @param upstreams all there are, the first match wins
 * @param defaultUpstream the registry meant by requests that name none
 * @param offline whether no upstream is ever contacted
 */
public record PullProperties(
    List<UpstreamProperties> upstreams, Optional<String> defaultUpstream, boolean offline) {}
