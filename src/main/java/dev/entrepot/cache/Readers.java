package dev.entrepot.cache;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Who reads from a flight, and what its requests bring for them. */
final class Readers {

  /** How far a request may go ahead of its readers when only what is read is fetched. */
  private static final long AHEAD = 8L * 1024 * 1024;

  private final Set<FileRead.Cursor> all = ConcurrentHashMap.newKeySet();
  private final FetchPolicy policy;
  private final Requests requests;
  private volatile boolean hadSome;

  Readers(FetchPolicy policy, Requests requests) {
    this.policy = policy;
    this.requests = requests;
  }

  void came(FileRead.Cursor reader) {
    all.add(reader);
    hadSome = true;
  }

  void left(FileRead.Cursor reader) {
    all.remove(reader);
  }

  Collection<FileRead.Cursor> all() {
    return all;
  }

  /** Whether nobody reads at the moment: all have left, or nobody has ever come. */
  boolean areNone() {
    return all.isEmpty();
  }

  /** Whether anybody has a use for what else a request would bring. */
  boolean need(Request request) {
    return policy.fillsBlob()
        || isExpected(request)
        || all.stream().anyMatch(reader -> isBound(reader, request));
  }

  /** Whether a request is not too far ahead of those it fetches for. */
  boolean wantMoreOf(Request request) {
    return policy.fillsBlob()
        || isExpected(request)
        || all.stream()
            .anyMatch(
                reader ->
                    isBound(reader, request) && request.position() - reader.position() <= AHEAD);
  }

  /** The first reader comes when the source has answered. */
  private boolean isExpected(Request request) {
    return !hadSome && request.position() - request.begin() <= AHEAD;
  }

  private boolean isBound(FileRead.Cursor reader, Request request) {
    boolean isBefore =
        reader.position() <= request.position()
            || requests.goThroughAll()
            || request.isSoonAt(reader.position(), policy.lead());
    return isBefore && request.position() < requests.endFor(reader.to());
  }
}
