package dev.entrepot.stock;

/**
 * All that is stored, each content counted once.
 *
 * @param directory where, on the machine of whoever has it open
 * @param count how many manifests and blobs
 * @param pinnedBytes what pinned images need
 */
public record Totals(String directory, long bytes, long count, long pinnedBytes) {}
