package dev.entrepot.web;

import dev.entrepot.access.ListenAddress;
import java.time.Duration;

/**
 * What the registry listener is told.
 *
 * @param drain how long pulls under way may take at shutdown
 * @param client how long a client may take nothing of its answer
 */
public record WebProperties(ListenAddress listen, Duration drain, Duration client) {}
