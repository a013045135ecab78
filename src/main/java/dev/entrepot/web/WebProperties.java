package dev.entrepot.web;

import dev.entrepot.access.ListenAddress;
import java.time.Duration;

/**
 * What the registry listener is told.
 *
 * @param drain how long pulls under way may take at shutdown
 */
public record WebProperties(ListenAddress listen, Duration drain) {}
