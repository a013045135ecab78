/**
 * Which upstream and repository a request means: patterns, Docker Hub's aliases, {@code library/},
 * rewrites. Refuses to know how an upstream is reached and who may pull from it.
 */
@NullMarked
package dev.entrepot.route;

import org.jspecify.annotations.NullMarked;
