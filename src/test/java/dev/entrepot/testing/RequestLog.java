package dev.entrepot.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Every request a double received, in order of arrival. */
public final class RequestLog {

  private final List<RecordedRequest> requests = new CopyOnWriteArrayList<>();

  void add(RecordedRequest request) {
    requests.add(request);
  }

  /** A snapshot of all requests. */
  public List<RecordedRequest> all() {
    return List.copyOf(requests);
  }

  /** How many requests of this method had this text in their target. */
  public long count(String method, String targetContains) {
    return requests.stream()
        .filter(request -> request.is(method) && request.target().contains(targetContains))
        .count();
  }

  /** Blocks the test until so many such requests have arrived. */
  public void await(int count, String method, String targetContains) {
    Await.until(
        count + " requests " + method + " …" + targetContains + "…",
        () -> count(method, targetContains) >= count);
  }

  /** Forgets what arrived so far. */
  public void clear() {
    requests.clear();
  }
}
