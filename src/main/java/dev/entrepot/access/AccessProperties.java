package dev.entrepot.access;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code entrepot.access}.
 *
 * @param anonymous whether everybody who reaches a listener beyond loopback may pull what our
 *     credentials can read
 */
public record AccessProperties(@DefaultValue("false") boolean anonymous) {}
