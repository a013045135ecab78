package dev.entrepot.oci;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which part of some content a {@code Range} header asks for (RFC 9110 §14.2). */
public sealed interface RangeRequest {

  /** All of it: there was no range, or one that we need not and do not follow. */
  record Whole() implements RangeRequest {}

  /** Some of it, in the order asked for, each within the content. */
  record Parts(List<ByteRange> ranges) implements RangeRequest {}

  /** Nothing that it has. */
  record Unsatisfiable() implements RangeRequest {}

  /** A header's ranges before the content's length is known. */
  final class Header {

    /** Lazy snapshotters ask for a few dozen at once; more is an attack. */
    private static final int MOST_RANGES = 128;

    private static final long BEYOND_ANY_CONTENT = Long.MAX_VALUE - 1;

    private static final Pattern UNIT = Pattern.compile("(?i)bytes=(.*)");

    /** Possessive: a header of blanks must not be tried again from each of them. */
    private static final Pattern SPEC = Pattern.compile("\\s*+(\\d*+)\\s*+-\\s*+(\\d*+)\\s*+");

    private final List<Spec> specs;

    private Header(List<Spec> specs) {
      this.specs = specs;
    }

    /**
     * Reads a header. Empty if it must be ignored: another unit, broken syntax, too many ranges.
     */
    public static Optional<Header> parse(String header) {
      Matcher unit = UNIT.matcher(header);
      if (!unit.matches()) {
        return Optional.empty();
      }
      String[] texts = unit.group(1).split(",", MOST_RANGES + 1);
      if (texts.length > MOST_RANGES) {
        return Optional.empty();
      }
      List<Spec> specs = new ArrayList<>(texts.length);
      for (String text : texts) {
        Optional<Spec> spec = spec(text);
        if (spec.isEmpty()) {
          return Optional.empty();
        }
        specs.add(spec.get());
      }
      return Optional.of(new Header(List.copyOf(specs)));
    }

    private static Optional<Spec> spec(String text) {
      Matcher matcher = SPEC.matcher(text);
      if (!matcher.matches()) {
        return Optional.empty();
      }
      OptionalLong begin = number(matcher.group(1));
      OptionalLong last = number(matcher.group(2));
      boolean empty = begin.isEmpty() && last.isEmpty();
      return empty ? Optional.empty() : Optional.of(new Spec(begin, last));
    }

    private static OptionalLong number(String digits) {
      if (digits.isEmpty()) {
        return OptionalLong.empty();
      }
      try {
        return OptionalLong.of(Math.min(Long.parseLong(digits), BEYOND_ANY_CONTENT));
      } catch (NumberFormatException _) {
        return OptionalLong.of(BEYOND_ANY_CONTENT);
      }
    }

    /**
     * The part it asks for first, of content whose length is not known; its first byte if that
     * depends on the length.
     */
    public ByteRange first() {
      return specs.getFirst().first();
    }

    /** What the header asks of content that is {@code length} bytes long. */
    public RangeRequest within(long length) {
      if (length == 0) {
        // No range can be cut from nothing, but a client that always sends "bytes=0-" wants it.
        return new Whole();
      }
      List<ByteRange> ranges =
          specs.stream().flatMap(spec -> spec.within(length).stream()).toList();
      if (ranges.isEmpty()) {
        return new Unsatisfiable();
      }
      boolean wasteful = ranges.stream().mapToLong(ByteRange::length).sum() > length;
      return wasteful ? new Whole() : new Parts(ranges);
    }

    private record Spec(OptionalLong begin, OptionalLong last) {

      ByteRange first() {
        long from = begin.orElse(0);
        if (begin.isPresent() && last.isEmpty()) {
          return ByteRange.from(from);
        }
        long end = begin.isPresent() ? last.orElse(0) + 1 : 1;
        return end > from ? new ByteRange(from, end) : new ByteRange(0, 1);
      }

      Optional<ByteRange> within(long length) {
        long from = begin.isPresent() ? begin.getAsLong() : Math.max(0, length - last.getAsLong());
        long end =
            begin.isPresent() && last.isPresent() ? Math.min(length, last.getAsLong() + 1) : length;
        boolean isOpen = begin.isPresent() && last.isEmpty();
        return from < end ? Optional.of(new ByteRange(from, end, isOpen)) : Optional.empty();
      }
    }
  }
}
