/**
 * What an upstream is shown: a credential with a fingerprint and an expiry, the settings it is
 * asked for with, and how it is minted, kept and renewed. Each sub-package knows one kind of
 * issuer; {@code sources} chooses among them and is where a new one is added. Knows nothing of how
 * a registry is asked or how a credential becomes a token.
 */
@NullMarked
package dev.entrepot.credentials;

import org.jspecify.annotations.NullMarked;
