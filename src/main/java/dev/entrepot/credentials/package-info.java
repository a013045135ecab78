/**
 * Where the secrets that upstreams ask for come from: the configuration, files that may change, a
 * docker configuration. A source yields a credential with a fingerprint and an expiry. Knows
 * nothing of how a registry is asked or how a credential becomes a token.
 */
@NullMarked
package dev.entrepot.credentials;

import org.jspecify.annotations.NullMarked;
