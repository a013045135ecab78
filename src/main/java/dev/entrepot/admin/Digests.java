package dev.entrepot.admin;

import java.util.List;

/** A list of digests, as JSON has it. */
record Digests(List<String> digests) {

  Digests {
    digests = List.copyOf(digests);
  }
}
