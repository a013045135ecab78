/**
 * What is wrong with an installation, found out before a pull does: every check ends in findings,
 * one sentence each.
 */
@NullMarked
package dev.entrepot.check;

import org.jspecify.annotations.NullMarked;
