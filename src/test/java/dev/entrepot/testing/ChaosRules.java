package dev.entrepot.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** The faults a test ordered, in order: the first rule that matches and is not used up decides. */
public final class ChaosRules {

  private final List<Rule> rules = new ArrayList<>();

  /** Starts a rule for the requests that match. */
  public Ordering when(Predicate<RecordedRequest> match) {
    return new Ordering(match);
  }

  /** Drops every rule: from now on the double behaves. */
  public synchronized void clear() {
    rules.clear();
  }

  Reply apply(RecordedRequest request, Function<RecordedRequest, Reply> normally) {
    return claim(request).apply(request, normally);
  }

  private synchronized Fault claim(RecordedRequest request) {
    for (var rule : rules) {
      if (rule.left > 0 && rule.match.test(request)) {
        rule.left--;
        return rule.fault;
      }
    }
    return (same, normally) -> normally.apply(same);
  }

  private synchronized ChaosRules add(Rule rule) {
    rules.add(rule);
    return this;
  }

  /** A rule that still lacks its fault. */
  public final class Ordering {

    private final Predicate<RecordedRequest> match;

    private Ordering(Predicate<RecordedRequest> match) {
      this.match = match;
    }

    /** Applies to the next matching request. */
    public ChaosRules once(Fault fault) {
      return times(1, fault);
    }

    /** Applies to the next {@code count} matching requests. */
    public ChaosRules times(int count, Fault fault) {
      return add(new Rule(match, fault, count));
    }

    /** Applies to every matching request. */
    public ChaosRules always(Fault fault) {
      return add(new Rule(match, fault, Long.MAX_VALUE));
    }
  }

  private static final class Rule {

    private final Predicate<RecordedRequest> match;
    private final Fault fault;
    private long left;

    private Rule(Predicate<RecordedRequest> match, Fault fault, long left) {
      this.match = match;
      this.fault = fault;
      this.left = left;
    }
  }
}
