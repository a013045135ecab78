package dev.entrepot.upstream;

import java.net.URI;
import java.util.List;

/**
 * What a token was given for. The credential's fingerprint is part of it: a token must not outlive
 * a rotation, nor serve another credential.
 *
 * @param service empty if the challenge named none
 * @param scopes without duplicates, what is needed now first
 */
record TokenKey(
    Endpoint endpoint, String fingerprint, URI realm, String service, List<String> scopes) {}
