/**
 * Entra access tokens for Azure Container Registry: of a service principal, a workload identity or
 * a managed identity. Asks Entra and the machine's own identity endpoint; knows no registry.
 */
@NullMarked
package dev.entrepot.credentials.azure;

import org.jspecify.annotations.NullMarked;
