package dev.entrepot.admin;

import dev.entrepot.access.ListenAddress;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code entrepot.admin}.
 *
 * @param listen where health and metrics are served
 */
public record AdminProperties(@DefaultValue("127.0.0.1:5444") ListenAddress listen) {}
