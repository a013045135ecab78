package dev.entrepot.upstream;

import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.sources.CredentialSources;
import dev.entrepot.metrics.Meters;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;

/**
 * What does not change with the rules.
 *
 * @param onward the same clock, never set back
 * @param timer for pauses
 */
record Surroundings(
    TimeoutProperties timeouts,
    EgressProxy proxy,
    InstantSource clock,
    OnwardClock onward,
    Meters meters,
    Scheduler timer,
    RandomGenerator random,
    UpstreamTrust trust) {

  RuleClients clients(UpstreamProperties rule) {
    OutboundUrlPolicy policy = OutboundUrlPolicy.of(rule);
    CredentialContext context =
        new CredentialContext(rule.match(), clock, meters, proxy.selector(rule.proxy()));
    return new RuleClients(
        rule,
        policy,
        CredentialSources.of(rule.credentials(), context),
        new Transport(rule, policy, trust.contexts(rule.tls()), timeouts, proxy, clock, meters),
        this);
  }
}
