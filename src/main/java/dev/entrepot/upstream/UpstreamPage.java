package dev.entrepot.upstream;

import java.util.Optional;

/**
 * One page of a tag list or of referrers.
 *
 * @param body nobody changes it
 * @param nextQuery the query of the next page, without {@code ?}
 * @param filtersApplied the {@code OCI-Filters-Applied} header
 */
@SuppressWarnings("ArrayRecordComponent") // a page is passed on, never compared
public record UpstreamPage(
    byte[] body, String mediaType, Optional<String> nextQuery, Optional<String> filtersApplied) {}
