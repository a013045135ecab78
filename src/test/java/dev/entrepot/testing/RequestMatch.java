package dev.entrepot.testing;

import java.util.function.Predicate;

/** The usual ways to say which requests a chaos rule is for. */
public final class RequestMatch {

  private RequestMatch() {}

  /** Every request. */
  public static Predicate<RecordedRequest> any() {
    return _ -> true;
  }

  /** Requests of any method whose target contains the text. */
  public static Predicate<RecordedRequest> target(String contains) {
    return request -> request.target().contains(contains);
  }

  /** GET requests whose target contains the text. */
  public static Predicate<RecordedRequest> get(String contains) {
    return method("GET", contains);
  }

  /** HEAD requests whose target contains the text. */
  public static Predicate<RecordedRequest> head(String contains) {
    return method("HEAD", contains);
  }

  /** POST requests whose target contains the text. */
  public static Predicate<RecordedRequest> post(String contains) {
    return method("POST", contains);
  }

  private static Predicate<RecordedRequest> method(String method, String contains) {
    return request -> request.is(method) && request.target().contains(contains);
  }
}
