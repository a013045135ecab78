package dev.entrepot.testing;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * One way to misbehave: turns the answer a double would give into another one. Byte positions count
 * the body bytes of this answer, so position 0 of a 206 is the first byte of the range.
 */
@FunctionalInterface
public interface Fault {

  /** The answer to give; {@code normally} computes what the double would say. */
  Reply apply(RecordedRequest request, Function<RecordedRequest, Reply> normally);

  /** This fault, and then the other on top of its answer. */
  default Fault and(Fault other) {
    return (request, normally) -> other.apply(request, same -> apply(same, normally));
  }

  /** Changes the normal answer. */
  static Fault changing(Function<Reply, Reply> change) {
    return (request, normally) -> change.apply(normally.apply(request));
  }

  /** Gives a fixed answer; the double does not look at the request. */
  static Fault answer(Reply reply) {
    return (_, _) -> reply;
  }

  /** Answers with a bare status. */
  static Fault answer(int status) {
    return answer(Reply.of(status));
  }

  /** Answers with a redirect. */
  static Fault redirect(int status, String location) {
    return answer(Reply.of(status).with("Location", location));
  }

  /** Answers 429 as Docker Hub does, without Retry-After. */
  static Fault tooManyRequests() {
    return answer(Reply.error(429, "TOOMANYREQUESTS", "You have reached your pull rate limit."));
  }

  /** Answers 429 with this Retry-After, in seconds or as a date. */
  static Fault tooManyRequests(String retryAfter) {
    return tooManyRequests().and(header("Retry-After", retryAfter));
  }

  /** Answers nothing until the gate opens. */
  static Fault holdBeforeHead(Gate gate) {
    return stop(Stop.BEFORE_HEAD, new Stop.Action.Wait(gate));
  }

  /** Sends the head and {@code position} bytes, then waits for the gate. */
  static Fault holdAt(long position, Gate gate) {
    return stop(position, new Stop.Action.Wait(gate));
  }

  /** Never answers. */
  static Fault neverAnswer() {
    return stop(Stop.BEFORE_HEAD, new Stop.Action.Hang());
  }

  /** Sends the head and {@code position} bytes, then nothing more. */
  static Fault hangAt(long position) {
    return stop(position, new Stop.Action.Hang());
  }

  /** Sends the head and {@code position} bytes, then one byte after each pause. */
  static Fault dripAt(int position, Duration pause) {
    return changing(
        reply ->
            IntStream.range(position, (int) reply.body().length())
                .limit(1000)
                .boxed()
                .reduce(
                    reply,
                    (slow, at) -> slow.stoppedAt(at, new Stop.Action.Pause(pause)),
                    (_, other) -> other));
  }

  /** Answers every second time with this fault, the first time among them. */
  static Fault everySecond(Fault fault) {
    AtomicInteger count = new AtomicInteger();
    return (request, normally) ->
        count.getAndIncrement() % 2 == 0 ? fault.apply(request, normally) : normally.apply(request);
  }

  /** Closes the connection before the status line. */
  static Fault finBeforeHead() {
    return stop(Stop.BEFORE_HEAD, new Stop.Action.Fin());
  }

  /** Sends the head and {@code position} bytes, then closes the connection. */
  static Fault finAt(long position) {
    return stop(position, new Stop.Action.Fin());
  }

  /** Resets the connection before the status line. */
  static Fault rstBeforeHead() {
    return stop(Stop.BEFORE_HEAD, new Stop.Action.Rst());
  }

  /** Sends the head and {@code position} bytes, then resets the connection. */
  static Fault rstAt(long position) {
    return stop(position, new Stop.Action.Rst());
  }

  /** Claims this Content-Length, sends the real bytes, closes the connection. */
  static Fault contentLength(long claimed) {
    return changing(reply -> reply.with(new Framing.Declared(claimed)));
  }

  /** Sends Content-Length twice, the second time with this value. */
  static Fault secondContentLength(long claimed) {
    return changing(
        reply ->
            reply
                .with(new Framing.Declared(reply.body().length()))
                .plus("Content-Length", Long.toString(claimed)));
  }

  /** Sends the body in chunks, without Content-Length. */
  static Fault chunked() {
    return changing(reply -> reply.with(new Framing.Chunked()));
  }

  /** Sends the body without any length and closes the connection after it. */
  static Fault untilClose() {
    return changing(reply -> reply.with(new Framing.UntilClose()));
  }

  /** Inverts the byte at this position of the answer. */
  static Fault flipByteAt(long position) {
    return changing(reply -> reply.with(reply.body().flippedAt(position)));
  }

  /** Sends other bytes under the normal head, whose Docker-Content-Digest is thereby forged. */
  static Fault otherBytes(Body body) {
    return changing(reply -> reply.with(body));
  }

  /** Sends the body gzip-coded, asked for or not. */
  static Fault gzipped() {
    return changing(
        reply -> reply.with(TarArchive.gzip(reply.body())).with("Content-Encoding", "gzip"));
  }

  /** Sets a header of the normal answer. */
  static Fault header(String name, String value) {
    return changing(reply -> reply.with(name, value));
  }

  /** Leaves a header out of the normal answer. */
  static Fault withoutHeader(String name) {
    return changing(reply -> reply.without(name));
  }

  /** Answers as if Range had not been asked for: 200 and everything. */
  static Fault ignoringRange() {
    return (request, normally) -> normally.apply(request.without("Range")).without("Accept-Ranges");
  }

  private static Fault stop(long position, Stop.Action action) {
    return changing(reply -> reply.stoppedAt(position, action));
  }
}
