/**
 * Access tokens of Google identities, for Artifact Registry and {@code gcr.io}: from a key in
 * whatever form people paste it, application default credentials, the metadata server or workload
 * identity federation. The only place that knows Google's library, of which it uses no cache, no
 * clock and no retry.
 */
@NullMarked
package dev.entrepot.credentials.google;

import org.jspecify.annotations.NullMarked;
