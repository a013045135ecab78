/**
 * Certificates and trust: the local authority, the certificate that is served, what is trusted in
 * upstreams and clients, and taking up changed files while running. It is the only user of
 * BouncyCastle and refuses to know what a registry is.
 */
@NullMarked
package dev.entrepot.tls;

import org.jspecify.annotations.NullMarked;
