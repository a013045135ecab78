package dev.entrepot.upstream;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.route.Route;
import dev.entrepot.tls.UpstreamTlsProperties;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The registry clients of one configuration, one for each rule and registry that is met. */
public final class RegistryClients implements AutoCloseable {

  /** A pull that has found its client has opened its connection by then. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private final Map<String, RuleClients> rules;
  private final Surroundings surroundings;

  /** Reads the files the rules name; fails with {@link IllegalArgumentException} on a bad one. */
  public RegistryClients(
      List<UpstreamProperties> rules,
      TimeoutProperties timeouts,
      EgressProxy proxy,
      InstantSource clock,
      Meters meters) {
    this(rules, timeouts, proxy, clock, meters, Schedulers.parallel());
  }

  RegistryClients(
      List<UpstreamProperties> rules,
      TimeoutProperties timeouts,
      EgressProxy proxy,
      InstantSource clock,
      Meters meters,
      Scheduler timer) {
    this(
        rules,
        Map.of(),
        new Surroundings(
            timeouts,
            proxy,
            clock,
            new OnwardClock(clock),
            meters,
            timer,
            RandomGenerator.getDefault(),
            new UpstreamTrust(meters)));
  }

  private RegistryClients(
      List<UpstreamProperties> wanted,
      Map<String, RuleClients> present,
      Surroundings surroundings) {
    Map<String, RuleClients> all = new LinkedHashMap<>();
    List<RuleClients> made = new ArrayList<>();
    try {
      for (UpstreamProperties rule : wanted) {
        RuleClients known = present.get(rule.match());
        if (known != null && known.rule().equals(rule)) {
          all.putIfAbsent(rule.match(), known);
        } else if (!all.containsKey(rule.match())) {
          RuleClients fresh = surroundings.clients(rule);
          made.add(fresh);
          all.put(rule.match(), fresh);
        }
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      made.forEach(RuleClients::close);
      throw e;
    }
    this.rules = all;
    this.surroundings = surroundings;
  }

  /**
   * The clients of other rules. Those of unchanged rules are shared, with their connections, tokens
   * and all they have learnt. Fails as the constructor does and leaves everything as it was.
   */
  public RegistryClients with(List<UpstreamProperties> other) {
    return new RegistryClients(other, rules, surroundings);
  }

  /** Closes what the next do not share, after pulls that are about to use it have begun. */
  public void handOverTo(RegistryClients next) {
    List<RuleClients> over =
        rules.values().stream().filter(mine -> !next.rules.containsValue(mine)).toList();
    Set<UpstreamTlsProperties> trusted =
        next.rules.values().stream().map(own -> own.rule().tls()).collect(Collectors.toSet());
    surroundings.trust().keepOnly(trusted);
    Mono.delay(GRACE, surroundings.timer()).subscribe(_ -> over.forEach(RuleClients::close));
  }

  /** The client for this route's rule and registry. */
  public RegistryClient of(Route route) {
    RuleClients found = rules.get(route.rule());
    if (found == null) {
      throw new RegistryException(
          ErrorCode.DENIED,
          "tried to go on with %s but the upstream rule '%s' has been removed meanwhile"
              .formatted(route.address(), route.rule()));
    }
    return found.of(route.registry());
  }

  /** Answers under way are let finish. */
  @Override
  public void close() {
    rules.values().forEach(RuleClients::close);
    surroundings.trust().keepOnly(Set.of());
  }
}
