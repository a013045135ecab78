/**
 * HTTP in, HTTP out: the registry listener. The only package that knows how requests, answers and
 * errors look on the wire. It speaks reactor-netty itself, because reason phrases, raw paths and
 * the pace of a body are part of what clients rely on. Refuses to know why an answer is what it is.
 */
@NullMarked
package dev.entrepot.web;

import org.jspecify.annotations.NullMarked;
