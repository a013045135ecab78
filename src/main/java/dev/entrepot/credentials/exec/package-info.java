/**
 * Credentials that programs give: kubelet credential-provider plugins and docker credential
 * helpers. A program is run without a shell, for a limited time; what it says is never shown.
 */
@NullMarked
package dev.entrepot.credentials.exec;

import org.jspecify.annotations.NullMarked;
