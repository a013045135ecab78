package dev.entrepot.node;

import java.util.List;
import java.util.Locale;

/** What installing or uninstalling did, in the order it was done. */
public record NodeReport(List<Entry> entries) {

  public NodeReport {
    entries = List.copyOf(entries);
  }

  /** What became of a file, or what its owner should know. */
  public enum Outcome {
    WRITTEN,
    UNCHANGED,
    BACKED_UP,
    RESTORED,
    REMOVED,
    NOTE,
    WARNING
  }

  /** One line of a report. */
  public record Entry(Outcome outcome, String text) {

    /** The entry as a line to print. */
    public String line() {
      return outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + text;
    }
  }

  /** All entries as lines to print. */
  public List<String> lines() {
    return entries.stream().map(Entry::line).toList();
  }

  /** Whether any file was touched. */
  public boolean isChanged() {
    return entries.stream()
        .anyMatch(
            entry ->
                switch (entry.outcome()) {
                  case WRITTEN, BACKED_UP, RESTORED, REMOVED -> true;
                  case UNCHANGED, NOTE, WARNING -> false;
                });
  }
}
