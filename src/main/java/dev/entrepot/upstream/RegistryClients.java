package dev.entrepot.upstream;

import dev.entrepot.metrics.Meters;
import dev.entrepot.route.Route;
import java.time.InstantSource;
import java.util.List;

/** The registry clients of one configuration, made when they are first needed. */
public final class RegistryClients implements AutoCloseable {

  /** Reads the files the rules name; fails with {@link IllegalArgumentException} on a bad one. */
  public RegistryClients(
      List<UpstreamProperties> rules,
      TimeoutProperties timeouts,
      EgressProxy proxy,
      InstantSource clock,
      Meters meters) {}

  /** The client for this route's rule and registry. */
  public RegistryClient of(Route route) {
    return new RegistryClient();
  }

  /** Answers under way are let finish. */
  @Override
  public void close() {}
}
