/** What manifests say: which platforms, configs and layers an image is made of. */
@NullMarked
package dev.entrepot.manifest;

import org.jspecify.annotations.NullMarked;
